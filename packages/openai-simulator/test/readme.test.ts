import { readFileSync } from 'node:fs';

import { Command } from 'commander';
import { expect, test } from 'vitest';

import { createSimulator, parseScenario, PROFILES } from '../src/app.ts';
import { addSimulatorOptions } from '../src/cli/command.ts';
import { scenarioJsonSchema } from '../src/scenario/schema.ts';
import { createBench, HEADERS } from './support/bench.ts';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const readme = read('README.md');
const booking = parseScenario(JSON.parse(read('examples/booking.json')));

/** The first cells of every table. */
const firstCells = [...readme.matchAll(/^\| ([^|]+) \|/gm)].map(([, cell = '']) => cell.trim());

test('the scenario of the README is the example, word by word', () => {
  const [, shown] = /```json\n([\s\S]*?)\n```/.exec(readme) ?? [];
  expect(shown).toBe(read('examples/booking.json').trimEnd());
});

test.each([
  ['Book a flight to Oslo for 120.50 euros', 'Booked.', 'You fly to Oslo with SK 42, for 120.50 euros.'],
  ['book me a flight', 'Decision: denied.', 'I did not book it. Decision: denied.'],
  ['cancel the flight you should book', '', 'I book flights: say where to.'],
])('the example is played as the README tells: %s', async (message, booked, said) => {
  const run = await createBench({ scenario: booking }).run(message);
  const { rounds, reply } = await run.play({ find_flight: '{"number":"SK 42"}', book_flight: booked });
  expect(reply).toBe(said);
  if (booked !== 'Booked.') return;
  expect(rounds).toEqual([
    [['find_flight', { to: 'Oslo' }]],
    [['book_flight', { flight: 'SK 42', cents: 12_050 }]],
  ]);
});

test('the example has a run that fails', async () => {
  const failed = await createBench({ scenario: booking }).run('an overload, please');
  expect((await failed.until('failed')).last_error).toMatchObject({ code: 'rate_limit_exceeded' });
});

test('the first five lines of the README are answered with a refund', async () => {
  const [, body = ''] = /-d '([\s\S]*?)'\n```/.exec(readme) ?? [];
  const answer = await createSimulator().request('/v1/chat/completions', {
    method: 'POST',
    headers: HEADERS,
    body,
  });
  const { choices } = (await answer.json()) as {
    choices: { message: { tool_calls: { function: { name: string; arguments: string } }[] } }[];
  };
  const [call] = choices[0]!.message.tool_calls;
  expect(call!.function.name).toBe('refund_order');
  expect(call!.function.arguments).toMatch(/^\{"orderId":"A-1042",/);
});

test('every option of the command, every profile and every field of a rule and a call is told', () => {
  const { options } = addSimulatorOptions(new Command());
  for (const { long } of options) expect(readme).toContain(`\`${long}`);
  for (const [name, { says }] of Object.entries(PROFILES))
    expect(readme).toContain(`| \`${name}\` | ${says} |`);
  const schema = scenarioJsonSchema() as {
    properties: { rules: { items: { properties: Record<string, { items?: { properties?: object } }> } } };
  };
  const { properties: rule } = schema.properties.rules.items;
  const calls = rule.rounds!.items!.properties as { calls: { items: { properties: object } } };
  const fields = [...Object.keys(rule), ...Object.keys(calls.calls.items.properties)];
  expect(fields.filter((field) => !firstCells.includes(`\`${field}\``))).toEqual([]);
});

test('scenario.schema.json is that of the scenarios that are taken', async () => {
  // `npx vitest run packages/openai-simulator/test/readme.test.ts --update` writes it anew.
  const schema = `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`;
  await expect(schema).toMatchFileSnapshot('../scenario.schema.json');
});
