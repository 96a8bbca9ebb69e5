import { readFile } from 'node:fs/promises';

import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { expect, test } from 'vitest';

import { billedActions } from '../../../bench/history-cost.ts';

async function eventsOf(name: string) {
  const text = await readFile(new URL(`../../histories/${name}.json`, import.meta.url), 'utf8');
  return historyFromJSON(JSON.parse(text)).events ?? [];
}

test('an approved turn is billed its start, timer, decision, two activities, a heartbeat and an upsert', async () => {
  expect(billedActions(await eventsOf('turn-approved'))).toBe(7);
});

test('a conversation of one turn is billed its start, with the message, and what its one task did locally', async () => {
  expect(billedActions(await eventsOf('conversation-one-turn'))).toBe(2);
});

test('every attempt of an activity is billed, and a child workflow twice', () => {
  const activity = { activityTaskStartedEventAttributes: { attempt: 3 } };
  const child = { startChildWorkflowExecutionInitiatedEventAttributes: {} };
  expect(billedActions([activity])).toBe(3);
  expect(billedActions([child])).toBe(2);
});
