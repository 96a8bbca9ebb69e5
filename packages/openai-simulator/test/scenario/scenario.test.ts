import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { loadScenario, parseScenario, ScenarioError } from '../../src/app.ts';
import { callsOf, createBench } from '../support/bench.ts';
import { expectKnownDescribed } from '../support/description.ts';

describe('a scenario plays the model', () => {
  const scenario = parseScenario({
    rules: [
      {
        when: ['malformed'],
        rounds: [{ calls: [{ tool: 'pay', rawArguments: '{"amount": ' }] }],
        reply: 'ok',
      },
      { when: ['unknown tool'], rounds: [{ calls: [{ tool: 'rm_rf' }] }], reply: 'ok' },
      {
        when: ['transfer'],
        unless: ['never'],
        extract: [String.raw`(?<count>\d+) coins`, String.raw`to (?<to>\w+)`],
        values: { to: 'nobody' },
        rounds: [
          {
            calls: [
              { tool: 'check' },
              { tool: 'pay', arguments: { n: '{{count:number}}', to: 'Mx {{to}}' } },
            ],
          },
          { calls: [{ tool: 'log', arguments: { code: '{{output.pay.code}}', paid: '{{call.pay.n}}' } }] },
        ],
        reply: [
          { tool: 'pay', contains: ['denied', 'refused'], say: 'No: {{output.pay}}' },
          { matches: '"code":\\s*\\d+', say: 'Yes, number {{output.pay.code}} for {{to}}.' },
          { say: 'Hm.' },
        ],
      },
      {
        when: ['fail'],
        end: { status: 'failed', error: { code: 'rate_limit_exceeded', message: 'Too many.' } },
      },
      { when: ['cut'], reply: 'Half a', end: { status: 'incomplete', reason: 'max_completion_tokens' } },
      { when: ['strange', 'hold'], end: { status: 'generating', holdMs: 5_000 }, reply: 'At last.' },
      { when: ['strange'], end: { status: 'generating' } },
      { when: ['withdraw'], end: { status: 'cancelled' } },
      { when: ['too long'], end: { status: 'expired' } },
      { when: ['slow'], thinkMs: 50_000, reply: 'Finally.' },
    ],
  });
  const bench = createBench({ scenario }, expectKnownDescribed);

  test('malformed arguments and unknown tools reach the client as they are', async () => {
    const malformed = await bench.run('malformed, please');
    const waiting = await malformed.until('requires_action');
    expect(callsOf(waiting)[0]!.function.arguments).toBe('{"amount": ');
    const unknown = await bench.run('an unknown tool');
    const call = callsOf(await unknown.until('requires_action'))[0]!;
    expect(call.function).toEqual({ name: 'rm_rf', arguments: '{}' });
  });

  test.each([
    ['{"code":7}', 'Yes, number 7 for Ada.', { code: 7, paid: 12 }],
    ['Refused.', 'No: Refused.', { paid: 12 }],
    ['?', 'Hm.', { paid: 12 }],
  ])(
    'values come from the message, later rounds and the reply from outputs: %s',
    async (output, reply, logged) => {
      const run = await bench.run('transfer 12 coins to Ada');
      const played = await run.play({ check: 'fine', pay: output, log: 'noted' });
      expect(played.rounds[0]![1]).toEqual(['pay', { n: 12, to: 'Mx Ada' }]);
      expect(played.rounds[1]).toEqual([['log', logged]]);
      expect(played.reply).toBe(reply);
    },
  );

  test('words have to stand in the message, and "unless" must not', async () => {
    for (const message of ['never transfer 1 coins', 'pretransfer', 'use transfer_money']) {
      const run = await bench.run(message);
      await run.until('completed');
      expect(await run.reply()).toBe('I have nothing to say to that.');
    }
  });

  test('runs end as the scenario says', async () => {
    const failed = await (await bench.run('fail')).until('failed');
    expect(failed.last_error).toEqual({ code: 'rate_limit_exceeded', message: 'Too many.' });
    expect(failed.failed_at).toBeTypeOf('number');
    const cut = await bench.run('cut it');
    expect((await cut.until('incomplete')).incomplete_details).toEqual({ reason: 'max_completion_tokens' });
    expect(await cut.reply()).toBe('Half a');
    await (await bench.run('withdraw')).until('cancelled');
    await (await bench.run('too long')).until('expired');
  });

  test('a strange status is held, for a while or until the run expires', async () => {
    const held = await bench.run('strange, hold');
    await held.until('generating');
    await held.until('completed');
    expect(await held.reply()).toBe('At last.');
    const stuck = await bench.run('strange');
    await stuck.until('generating');
    bench.pass(500_000);
    expect((await stuck.now()).status).toBe('generating');
    bench.pass(100_000);
    expect((await stuck.now()).status).toBe('expired');
  });

  test('a rule can think slowly', async () => {
    const run = await bench.run('slow');
    bench.pass(50_000);
    expect((await run.now()).status).toBe('in_progress');
    bench.pass(1_000);
    expect((await run.now()).status).toBe('completed');
  });
});

describe('a scenario that cannot be played says where and what to do', () => {
  const rule = (fields: object) => ({ rules: [{ when: ['a'], ...fields }] });
  test.each([
    [[], 'the whole must be'],
    [{}, 'rules must be a list of rules'],
    [
      { rules: [], extra: 1 },
      'the whole has the unknown field "extra". Allowed are: $schema, rules, otherwise.',
    ],
    [{ rules: [{ when: [] }] }, 'rules[0].when must be a list of words or phrases'],
    [
      rule({ round: [] }),
      'rules[0] has the unknown field "round". Did you mean "rounds"? Allowed are: name, when,',
    ],
    [
      rule({ rounds: [{ calls: [{ arguments: {} }] }] }),
      'rules[0].rounds[0].calls[0].tool must be the name of a tool',
    ],
    [
      rule({ rounds: [{ calls: [{ tool: 't', arguments: {}, rawArguments: '' }] }] }),
      'rules[0].rounds[0].calls[0] must be a call with "arguments" or with "rawArguments", not with both',
    ],
    [
      rule({ extract: ['order (?<id'] }),
      'rules[0].extract[0] must be a regular expression with named groups',
    ],
    [
      rule({ extract: ['no group'] }),
      'rules[0].extract[0] must be a regular expression with named groups: without',
    ],
    [
      rule({ rounds: [{ calls: [{ tool: 't', mcp: {} }] }] }),
      'rules[0].rounds[0].calls[0].mcp.serverLabel must be the label of an MCP server',
    ],
    [rule({ thinkMs: -1 }), 'rules[0].thinkMs must be 0 milliseconds or more'],
    [rule({ reply: 5 }), 'rules[0].reply must be a text, a list of'],
    [
      rule({ end: { status: 'failed' } }),
      'rules[0].end must be {"status": "failed", "error": {code, message}}',
    ],
    [rule({ end: { status: 'completed' } }), 'leave "end" out for a run that completes'],
  ])('%j', (scenario, message) => {
    expect(() => parseScenario(scenario)).toThrow(ScenarioError);
    expect(() => parseScenario(scenario)).toThrow(message);
  });

  const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('a file is named with its fault', async () => {
    const file = join(folder, 'scenario.json');
    await expect(loadScenario(file)).rejects.toThrow(`${file} cannot be read`);
    writeFileSync(file, '{"rules": ');
    await expect(loadScenario(file)).rejects.toThrow(`${file} is not JSON`);
    writeFileSync(file, '{"rules": 5}');
    await expect(loadScenario(file)).rejects.toThrow(
      `${file} cannot be played. Correct it there:\n  line 1: rules must be`,
    );
    writeFileSync(
      file,
      `{
  "rules": [
    { "when": ["a \\"quoted\\" {word}"], "reply": "fine", "thinkMs": 5 },
    {
      "when": ["refund"],
      "rounds": [{ "calls": [
        { "tool": "" }
      ] }],
      "replay": "Done."
    }
  ]
}`,
    );
    const twice = loadScenario(file);
    await expect(twice).rejects.toThrow(
      'line 7: rules[1].rounds[0].calls[0].tool must be the name of a tool.',
    );
    await expect(twice).rejects.toThrow('line 9: rules[1] has the unknown field "replay".');
    writeFileSync(file, '{"rules": []}');
    await expect(loadScenario(file)).resolves.toEqual({ rules: [] });
  });
});

test('another scenario is played from the next run on, over HTTP too; one that does not fit changes nothing', async () => {
  const bench = createBench({ scenario: { rules: [], otherwise: { reply: 'one' } } });
  const said = async () => {
    const run = await bench.run('hi');
    await run.until('completed');
    return run.reply();
  };
  const put = (scenario: object) => bench.send('PUT', '/_simulator/scenario', scenario);
  expect(await said()).toBe('one');
  expect((await put({ rules: [], otherwise: { reply: 'two' } })).status).toBe(204);
  expect(await said()).toBe('two');
  const { status, body } = await put({ rule: [] });
  expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining('Did you mean') as string]);
  expect(await said()).toBe('two');
  bench.simulator.control.play({ rules: [] });
  expect(await said()).toBe('I have nothing to say to that.');
});

test.each([
  ['Decision: approved.', 'It is approved'],
  ['Decision: denied. Notes: no', 'I did not do it.'],
  ['Timed out. Do not proceed.', 'Nobody has decided'],
])('the scenario "human-approval" of the package asks a person, and obeys: %s', async (output, reply) => {
  const bench = createBench({ scenario: await loadScenario('human-approval') });
  const message = 'Please delete the inactive accounts';
  const run = await bench.run(message);
  const played = await run.play(() => output);
  const asked = expect.objectContaining({ action: message, urgency: 'high' }) as object;
  expect(played.rounds).toEqual([[['request_human_approval', asked]]]);
  expect(played.reply).toContain(reply);
});
