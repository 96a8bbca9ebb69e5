import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';

import { QueueFullError, TooLargeError } from '../../src/client.ts';
import { CALL_ARGUMENTS_BYTES, MESSAGE_CHARACTERS, REPLY_BYTES } from '../../src/contracts/limits.ts';
import type { TurnView } from '../../src/contracts/turn.ts';
import { allow, defineTool, requireApproval, type Verdict } from '../../src/index.ts';
import { appWith } from '../support/app.ts';
import { TENANT, worldFor } from '../support/world.ts';

/** What is too large is refused or cut where it comes in; a turn that went on with it would hang or be terminated. */

const effects: string[] = [];
const text = z.strictObject({ text: z.string() });
const cycle: { self?: unknown } = {};
cycle.self = cycle;

/** A tool that says how long the text was. */
const shortly = (name: string, done: string, policy: Verdict) =>
  defineTool({
    ...{ name, description: 'Take a text.', parameters: text, effect: 'idempotent', policy },
    execute: (args) => {
      effects.push(name);
      return `${done} ${args.text.length}.`;
    },
  });
const app = appWith([
  shortly('keep', 'Kept', requireApproval()),
  shortly('note', 'Noted', allow()),
  defineTool({
    ...{ name: 'defer', description: 'Keep a text later.', parameters: text, effect: 'idempotent' },
    policy: requireApproval({ within: '1h' }),
    execute: () => 'd'.repeat(3_000_000),
  }),
  defineTool({
    ...{
      name: 'fetch',
      description: 'Get something.',
      parameters: z.strictObject({ what: z.string() }),
    },
    policy: allow(),
    effect: 'idempotent',
    execute: ({ what }) => {
      effects.push('fetch');
      if (what === 'cycle') return cycle;
      if (what === 'error') throw new Error('e'.repeat(3_000_000));
      return what.repeat(3_000_000 / what.length);
    },
  }),
]);

const call = (tool: string, args: object) => ({ tool, arguments: args });
const rule = (word: string, ...calls: { tool: string }[]) => ({
  when: [word],
  rounds: [{ calls }],
  reply: { perOutput: [{ say: '{{output}}' }] },
});
const keys = Object.fromEntries(
  Array.from({ length: 60_000 }, (_, index) => [`unknown-${index}`, 'x'.repeat(60)]),
);

const scenario = {
  rules: [
    rule('asked-small', call('keep', { text: 'a' })),
    rule('asked-most', call('keep', { text: 'a'.repeat(CALL_ARGUMENTS_BYTES - 11) })),
    rule('asked-more', call('keep', { text: 'a'.repeat(CALL_ARGUMENTS_BYTES - 10) })),
    rule('asked-1500', call('keep', { text: 'a'.repeat(1_500_000) })),
    rule('asked-3000', call('keep', { text: 'a'.repeat(3_000_000) })),
    rule('free-1500', call('note', { text: '€'.repeat(500_000) })),
    rule('free-keys', call('note', keys)),
    rule('fetch-long', call('fetch', { what: '€' })),
    rule('fetch-quotes', call('fetch', { what: '"' })),
    rule('fetch-cycle', call('fetch', { what: 'cycle' })),
    rule('fetch-error', call('fetch', { what: 'error' })),
    rule('asked-many', ...Array.from({ length: 32 }, () => call('keep', { text: 'a'.repeat(100_000) }))),
    rule('free-many', ...Array.from({ length: 70 }, () => call('note', { text: 'a' }))),
    rule('fetch-many', ...Array.from({ length: 12 }, () => call('fetch', { what: 'x' }))),
    {
      when: ['asked-often'],
      rounds: Array.from({ length: 6 }, () => ({ calls: [call('keep', { text: 'a'.repeat(250_000) })] })),
      reply: { perOutput: [{ say: '{{output}}' }] },
    },
    rule('asked-three', ...Array.from({ length: 3 }, () => call('keep', { text: 'a'.repeat(190_000) }))),
    rule('parkable', call('defer', { text: 'a' })),
    { when: ['reply-long'], reply: 'é'.repeat(1_500_000) },
  ],
  otherwise: { reply: 'Hello.' },
};
const world = worldFor({ app, name: 'limits', simulator: { scenario } });
beforeEach(() => {
  effects.length = 0;
});

/** The outputs that the provider got for the turn, in the one submit there was. */
async function outputs({ run }: TurnView): Promise<string[]> {
  const submits = await world.requests('runs.submit');
  const [submit] = submits.filter(({ path }) => path.includes(run?.runId ?? '-'));
  const { tool_outputs } = submit?.body as { tool_outputs: { output: string }[] };
  return tool_outputs.map(({ output }) => output);
}

/** Of Temporal's event types. */
const WORKFLOW_TASK_FAILED = '9';

describe('a message', () => {
  test('of as many characters as OpenAI takes goes through, however many bytes they have', async () => {
    const turn = await world.ended('€'.repeat(MESSAGE_CHARACTERS));
    expect(turn).toMatchObject({ status: 'completed', reply: 'Hello.' });
  });

  test.each([
    ['message', { message: 'a'.repeat(256_001) }, /^has 256,001 characters, at most 256,000 are allowed$/],
    ['message', { message: '\u0001'.repeat(200_000) }, /^has 1,200,002 bytes as JSON, at most 800,000/],
    ['context', { context: { notes: '€'.repeat(10_000) } }, /^has 30,012 bytes as JSON, at most 16,000/],
    [
      'metadata',
      { metadata: Object.fromEntries(Object.keys(Array(15).fill(0)).map((key) => [key, ''])) },
      /^has 15 pairs, at most 13/,
    ],
    ['metadata.a', { metadata: { a: 'b'.repeat(513) } }, /^has 513 characters, at most 512/],
  ])('is refused before it is sent when its %s is too large', async (field, more, message) => {
    const saying = world.say('hi', { conversationId: 'too-large', ...more });
    await expect(saying).rejects.toThrow(TooLargeError);
    await expect(saying).rejects.toMatchObject({ field, message: expect.stringMatching(message) as string });
    expect(await world.client.getConversation(TENANT, 'too-large')).toBeNull();
  });
});

describe('arguments of the model', () => {
  test.each([
    ['asked-more', '300,001'],
    ['asked-1500', '1,500,011'],
    ['asked-3000', '3,000,011'],
    ['free-1500', '1,500,011'],
    ['free-keys', '4,728,891'],
  ])('that are too large (%s) are refused with their size, and the turn goes on', async (word, bytes) => {
    const turn = await world.ended(word);
    expect(turn).toMatchObject({ status: 'completed', approvals: [] });
    expect(await outputs(turn)).toEqual([
      expect.stringContaining(`They have ${bytes} bytes as JSON; at most 300,000 are allowed.`),
    ]);
    expect(effects).toEqual([]);
    expect(await world.history(turn.turnId)).not.toContain(WORKFLOW_TASK_FAILED);
  });

  test('of the largest size are asked for, shown whole and run', async () => {
    const approval = await world.asked('asked-most');
    expect(JSON.stringify(approval.arguments)).toHaveLength(CALL_ARGUMENTS_BYTES);
    await world.decide(approval, {});
    expect(await world.end(approval.turnId)).toMatchObject({ status: 'completed', reply: 'Kept 299989.' });
  });
});

describe('an edit', () => {
  test('of the largest size runs', async () => {
    const approval = await world.asked('asked-small');
    const edited = { text: 'b'.repeat(CALL_ARGUMENTS_BYTES - 11) };
    expect(await world.decide(approval, { decision: 'edit', arguments: edited })).toMatchObject({
      outcome: 'applied',
    });
    expect(await world.end(approval.turnId)).toMatchObject({
      status: 'completed',
      approvals: [{ arguments: edited }],
    });
    expect(effects).toEqual(['keep']);
  });

  test.each([
    ['arguments', { decision: 'edit' as const, arguments: { text: 'b'.repeat(CALL_ARGUMENTS_BYTES) } }],
    ['note', { decision: 'deny' as const, note: 'b'.repeat(4_001) }],
    ['response', { decision: 'respond' as const, response: 'b'.repeat(16_001) }],
    ['approver.id', { approver: { id: 'b'.repeat(201) } }],
  ])('or another decision whose %s is too large is refused before it is sent', async (field, decision) => {
    const approval = await world.asked('asked-small');
    const deciding = world.decide(approval, decision);
    await expect(deciding).rejects.toThrow(TooLargeError);
    await expect(deciding).rejects.toMatchObject({ field });
    await world.decide(approval, { decision: 'deny' });
    expect(await world.end(approval.turnId)).toMatchObject({ status: 'completed' });
  });

  test('that came past the client is refused by the review, and the question stays open', async () => {
    const approval = await world.asked('asked-small');
    const receipt = await world.turn(approval.turnId).executeUpdate('decideNow', {
      args: [
        {
          ...{ approvalId: approval.approvalId, decisionId: 'past-the-client', approver: { id: 'ada' } },
          ...{ decision: 'edit', arguments: { text: 'b'.repeat(350_000) } },
        },
      ],
    });
    expect(receipt).toMatchObject({ outcome: 'refused', status: 'pending' });
    await world.decide(approval, {});
    expect(await world.end(approval.turnId)).toMatchObject({ status: 'completed', reply: 'Kept 1.' });
  });
});

describe('what a tool returns', () => {
  test.each([
    ['fetch-long', '9,000,002'],
    ['fetch-quotes', '6,000,002'],
  ])('is cut with a note when it is too long (%s), and the tool ran once', async (word, bytes) => {
    const turn = await world.ended(word);
    expect(turn.status).toBe('completed');
    expect(effects).toEqual(['fetch']);
    const [output = ''] = await outputs(turn);
    expect(output).toMatch(
      new RegExp(
        `too long: it has ${bytes} bytes, at most 200,000 are allowed\\. The tool was carried out; do not repeat it`,
      ),
    );
    expect(Buffer.byteLength(JSON.stringify(output))).toBeLessThan(201_000);
    expect(await world.history(turn.turnId)).not.toContain(WORKFLOW_TASK_FAILED);
  });

  test('is no reason to run it again when it is no JSON', async () => {
    const turn = await world.ended('fetch-cycle');
    expect(effects).toEqual(['fetch']);
    expect(await outputs(turn)).toEqual([
      expect.stringMatching(/^Done\. What the tool returned cannot be shown/),
    ]);
  });

  test('or throws is told in a few words, however many it had', async () => {
    const turn = await world.ended('fetch-error');
    expect(turn.status).toBe('completed');
    const [output = ''] = await outputs(turn);
    expect(output).toMatch(/^The tool "fetch" failed: eee.*… \(cut: 3,000,000 characters\)$/);
    expect(output.length).toBeLessThan(5_000);
  });
});

test('a reply that is too long is kept as far as it fits, and says where the whole of it is', async () => {
  const turn = await world.ended('reply-long');
  expect(turn.status).toBe('completed');
  expect(turn.reply).toMatch(/^é+\n\[The reply ends here because it is too long: it has 3,000,002 bytes/);
  expect(turn.reply).toContain(`run ${turn.run?.runId ?? '-'}.]`);
  expect(Buffer.byteLength(turn.reply ?? '')).toBeLessThan(REPLY_BYTES + 1_000);
});

test('many large approvals are listed, though together they exceed what gRPC lets through by default', async () => {
  const turns = await Promise.all(Array.from({ length: 16 }, () => world.say('asked-most')));
  for (const turnId of turns) await world.pending(turnId);
  await expect
    .poll(async () =>
      (await world.client.listPending(TENANT, 100, { tool: 'keep' })).approvals.map(({ turnId }) => turnId),
    )
    .toEqual(expect.arrayContaining(turns));
  await Promise.all(turns.map((turnId) => world.client.cancelTurn(TENANT, turnId)));
});

describe('one round', () => {
  test('takes the calls that fit together; the others are refused and may be called again', async () => {
    const turnId = await world.say('asked-many');
    const approvals = await world.pending(turnId, 5);
    await Promise.all(approvals.map((approval) => world.decide(approval, {})));
    const turn = await world.end(turnId);
    expect(turn.status).toBe('completed');
    expect(effects).toHaveLength(5);
    const told = await outputs(turn);
    expect(told.filter((output) => output === 'Kept 100000.')).toHaveLength(5);
    const refusal =
      'Not executed: its arguments have 100,011 bytes, those of the calls before it 500,055; at most 600,000 are allowed at once. Nothing was done. Call it again by itself if it is still needed.';
    expect(told.slice(5)).toEqual(told.slice(5).map(() => refusal));
  });

  test('takes 64 calls at most, with a context of the largest size', async () => {
    const context = { notes: 'c'.repeat(15_900) };
    const turn = await world.ended('free-many', { context });
    expect(turn.status).toBe('completed');
    expect(effects).toHaveLength(64);
    const surplus = (await outputs(turn)).slice(64);
    expect(surplus).toHaveLength(6);
    for (const output of surplus)
      expect(output).toContain('at most 64 calls at once are allowed, these were 70');
    expect(await world.history(turn.turnId)).not.toContain(WORKFLOW_TASK_FAILED);
  });

  test('submits outputs that fit together', async () => {
    const turn = await world.ended('fetch-many');
    expect(turn.status).toBe('completed');
    expect(effects).toHaveLength(12);
    const told = await outputs(turn);
    expect(told).toHaveLength(12);
    expect(Buffer.byteLength(JSON.stringify(told))).toBeLessThan(1_010_000);
    for (const output of told)
      expect(output).toMatch(/Cut here: it has 200,\d{3} bytes, too many beside the others/);
  });
});

describe('a turn', () => {
  test('asks for as much as its memo holds, then refuses, and its result has all approvals', async () => {
    const turnId = await world.say('asked-often');
    for (let round = 0; round < 3; round += 1) {
      const [approval] = await world.pending(turnId);
      await world.decide(approval!, {});
      await expect.poll(() => effects.length).toBe(round + 1);
    }
    const turn = await world.end(turnId);
    expect(turn.status).toBe('completed');
    expect(turn.reply).toMatch(
      /no further approval can be asked for in this turn: it would take 250,\d{3} bytes/,
    );
    expect(turn.approvals.map(({ arguments: args }) => JSON.stringify(args).length)).toEqual([
      250_011, 250_011, 250_011,
    ]);
  });

  test('refuses an edit that its memo could not hold; the question stays open', async () => {
    const turnId = await world.say('asked-three');
    const approvals = await world.pending(turnId, 3);
    const args = { text: 'b'.repeat(290_000) };
    const edit = (index: number) => world.decide(approvals[index]!, { decision: 'edit', arguments: args });
    expect(await edit(0)).toMatchObject({ outcome: 'applied' });
    expect(await edit(1)).toMatchObject({ outcome: 'applied' });
    expect(await edit(2)).toMatchObject({ outcome: 'refused', reason: 'too_large', status: 'pending' });
    expect(await world.decide(approvals[2]!, {})).toMatchObject({ outcome: 'applied' });
    const turn = await world.end(turnId);
    expect(turn.status).toBe('completed');
    expect((await outputs(turn))[0]).toMatch(
      /^Kept 290000\.\nNote: a person changed.*What you asked for: .*\[Cut here.*approved instead: .*\[Cut here: it has 290,/s,
    );
  });

  test('tells of a parked action in a message that the provider takes, however long its output', async () => {
    const approval = await world.asked('parkable', { conversationId: 'told' });
    await world.park(approval.turnId);
    await world.decide(approval, { decision: 'edit', arguments: { text: 'b'.repeat(250_000) } });
    const { continuations } = await world.end(approval.turnId);
    expect(await world.end(continuations![0]!)).toMatchObject({ status: 'completed' });
  });
});

test('a conversation refuses messages beyond what it can carry, and answers those it has taken', async () => {
  const conversationId = 'crowded';
  const approval = await world.asked('asked-small', { conversationId });
  const message = 'm'.repeat(240_000);
  const taken = [];
  for (let count = 0; count < 4; count += 1) taken.push(await world.say(message, { conversationId }));
  await expect(world.say(message, { conversationId })).rejects.toThrow(QueueFullError);
  await world.decide(approval, {});
  for (const turnId of taken) expect(await world.end(turnId)).toMatchObject({ reply: 'Hello.' });
  expect(await world.ended('hi', { conversationId })).toMatchObject({ reply: 'Hello.' });
});
