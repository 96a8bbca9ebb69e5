import { readFile } from 'node:fs/promises';

import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { expect, test } from 'vitest';

import { startOf } from '../../../bench/processes.ts';
import { causesOf, endOf, executionsOf, lastAttemptAt } from '../../../bench/recovery/causes.ts';

async function eventsOf(name: string) {
  const text = await readFile(new URL(`../../histories/${name}.json`, import.meta.url), 'utf8');
  return historyFromJSON(JSON.parse(text)).events ?? [];
}

test('an approved turn ran its one tool once, before its end, and waited for nothing that died', async () => {
  const events = await eventsOf('turn-approved');
  expect(executionsOf(events, 'executeAndSubmit')).toEqual({ scheduled: 1, attempts: 1 });
  expect(executionsOf(events, 'reviewEdit')).toEqual({ scheduled: 0, attempts: 0 });
  expect(lastAttemptAt(events, 'createRun')).toBeLessThan(lastAttemptAt(events));
  expect(lastAttemptAt(events)).toBeLessThan(endOf(events));
  expect(causesOf(events)).toEqual(['none']);
});

test('what timed out is told by the kind of its time-out', () => {
  const attempt = (timeoutType: number) => ({
    activityTaskStartedEventAttributes: { attempt: 2, lastFailure: { timeoutFailureInfo: { timeoutType } } },
  });
  const task = (timeoutType: number) => ({ workflowTaskTimedOutEventAttributes: { timeoutType } });
  expect(causesOf([attempt(4), task(2), task(1)])).toEqual([
    'heartbeat of an activity',
    'sticky task, not taken',
    'task, taken and not answered',
  ]);
  expect(causesOf([attempt(1)])).toEqual(['none']);
});

test('the start of a process is on the clock of this one', async () => {
  const startedAt = Date.now() - process.uptime() * 1_000;
  expect(Math.abs((await startOf(process.pid)) - startedAt)).toBeLessThan(5_000);
});
