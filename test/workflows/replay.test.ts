import { readdirSync, readFileSync } from 'node:fs';

import { Worker } from '@temporalio/worker';
import { expect, inject, test } from 'vitest';

import '../support/quiet.ts';

const folder = new URL('../histories/', import.meta.url);
const recorded = readdirSync(folder).filter((file) => file.endsWith('.json'));

const options = { workflowBundle: { codePath: inject('workflowBundlePath') } };
const read = (file: string): unknown => JSON.parse(readFileSync(new URL(file, folder), 'utf8'));

test('there are recorded histories of every workflow', () => {
  expect(recorded.filter((file) => file.startsWith('turn-')).length).toBeGreaterThan(8);
  expect(recorded.filter((file) => file.startsWith('conversation-')).length).toBeGreaterThan(1);
  expect(recorded.filter((file) => file.startsWith('request-')).length).toBeGreaterThan(1);
  expect(recorded.filter((file) => file.startsWith('notice-')).length).toBeGreaterThan(1);
  expect(recorded.filter((file) => file.startsWith('handover-')).length).toBeGreaterThan(1);
});

test.each(recorded)('%s replays against the workflow code as it is', async (file) => {
  await expect(Worker.runReplayHistory(options, read(file))).resolves.toBeUndefined();
});

test('a history whose commands differ does not replay: the check above can fail', async () => {
  const history = read('turn-approved.json') as {
    events: { activityTaskScheduledEventAttributes?: { activityType: { name: string } } }[];
  };
  const tool = history.events.find(
    (event) => event.activityTaskScheduledEventAttributes?.activityType.name === 'executeAndSubmit',
  );
  tool!.activityTaskScheduledEventAttributes!.activityType.name = 'somethingElse';
  await expect(Worker.runReplayHistory(options, history)).rejects.toThrow(
    /nondeterminism|Nondeterminism|TMPRL1100/i,
  );
});
