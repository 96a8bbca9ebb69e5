import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { startGate, type Gate } from 'countersign/testing';
import { until } from '../../src/testing/wait.ts';
import { testFolder } from '../support/folder.ts';

const journal = join(testFolder(), 'deploys.ndjson');
let gate: Gate;

beforeAll(async () => {
  process.env.DEPLOY_JOURNAL = journal;
  process.env.DEPLOY_SECONDS = '60';
  const example = (file: string) => new URL(`../../examples/deploy-gate/${file}`, import.meta.url);
  gate = await startGate({
    app: example('countersign.config.ts'),
    scenario: example('scenario.json'),
    patience: '40s',
  });
});
afterAll(() => gate.close());

test('a deploy whose worker is killed is not repeated: its outcome is unknown, and a person decides about another one', async () => {
  const lost = await gate.say('Deploy payments v42');
  const card = await lost.asked('deploy');
  expect(card.reason).toBe('Every deploy to production needs a person.');
  await card.approve({ as: 'grace' });
  await until('the deploy to begin', () => whatHappened().length > 0);

  process.env.DEPLOY_SECONDS = '0'; // for the worker that comes next
  await gate.kill('worker');
  expect(await lost.reply()).toMatch(/^Nobody knows whether payments v42 is live\. A person has to look/);
  expect(await card.read()).toMatchObject({ status: 'approved', outcome: 'unknown' });
  expect(whatHappened()).toEqual(['began']);

  const again = await gate.say('Deploy payments v42, it is not live');
  const secondCard = await again.asked('deploy');
  expect(secondCard.reason).toMatch(/^A deploy of this version began at .* and its end is unknown\./);
  await secondCard.approve({ as: 'ada' });
  expect(await again.reply()).toBe('payments v42 is live.');
  expect(whatHappened()).toEqual(['began', 'began', 'ended']);
});

/** What production knows. */
function whatHappened(): string[] {
  if (!existsSync(journal)) return [];
  const lines = readFileSync(journal, 'utf8').trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as { what: string }).what);
}
