import { afterEach, expect, test } from 'vitest';

import type { Interaction, InteractionLogOptions, ModelInteraction } from '../../src/index.ts';
import { reconifySink } from '../../src/index.ts';
import { createDesk } from '../support/desk.ts';
import { startReceiver } from '../support/receiver.ts';
import { until } from '../../src/testing/wait.ts';
import { startWorld, TENANT, type World } from '../support/world.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

async function start(name: string, interactionLog: InteractionLogOptions) {
  const { app, ...desk } = createDesk();
  world = await startWorld({ name: `interaction-log-${name}`, app: { ...app, interactionLog } });
  return { world, ...desk };
}

/** A log that keeps what it is given. */
function keeping(options: Omit<InteractionLogOptions, 'sink'> = {}) {
  const seen: Interaction[] = [];
  const sink = { name: 'kept', write: (one: Interaction) => void seen.push(one) };
  const some = (count: number) =>
    until(`${count} interactions`, () => Promise.resolve(seen.length >= count ? seen : null));
  return { log: { sink, ...options }, seen, some };
}

test('a gated turn is two interactions with the model and one of the tool, told without words', async () => {
  const { log, some } = keeping();
  const { world } = await start('gated', log);
  const beganAt = Date.now();
  const context = { user: 'u-7', plan: 'gold' };
  const approval = await world.asked('single please', { conversationId: 'c-gated', context });
  await world.decide(approval, {});
  const { run } = await world.end(approval.turnId);
  const seen = await some(3);

  const actor = {
    tenant: TENANT,
    user: 'acme.u-7',
    session: 'acme.c-gated',
    turnId: approval.turnId,
    assistant: 'desk',
  };
  const { toolCallId } = approval;
  const of = { kind: 'model', protocol: 'assistants', model: 'gpt-test', ...actor, ...run };
  const size = { characters: '{"orderId":"A-1","amountCents":4200}'.length };
  const calls = [{ toolCallId, tool: 'refund', arguments: size }];
  expect(seen.find((one) => one.kind === 'model' && one.step === 'message')).toMatchObject({
    ...of,
    message: { characters: 13 },
    answer: { state: 'requires_action', calls },
  });
  expect(seen.find(({ kind }) => kind === 'tool')).toMatchObject({
    ...actor,
    tool: 'refund',
    toolCallId,
    arguments: size,
    output: { characters: 'refund is done.'.length },
  });
  const last = seen.find((one) => one.kind === 'model' && one.step === 'outputs') as ModelInteraction;
  expect(last).toMatchObject({
    ...of,
    message: { characters: 13 },
    calls,
    outputs: [{ toolCallId }],
    answer: { state: 'completed', calls: [], usage: { totalTokens: expect.any(Number) as number } },
  });
  expect(seen).toHaveLength(3);
  const times = [beganAt, last.runStartedAtMs, last.startedAtMs, last.endedAtMs, Date.now()];
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  // Neither words of messages, arguments and outputs nor what the service said about its user.
  expect(JSON.stringify(seen)).not.toMatch(/please|A-1|is done|gold/);
});

test('another worker, which has never seen the message, tells it all the same, and in full only what is redacted', async () => {
  const { log, seen, some } = keeping({ content: 'full', patterns: [/A-\d+/] });
  const { world } = await start('workers', log);
  const context = { session: 's-9', email: 'jane@example.com', apiKey: 'abc' };
  const approval = await world.asked('single for jane@example.com', { context });
  await world.stopWorker();
  expect(seen).toHaveLength(1); // delivered before the worker was gone
  await world.startWorker();
  await world.decide(approval, {});
  await world.end(approval.turnId);
  await some(3);
  const last = seen.find((one) => one.kind === 'model' && one.step === 'outputs');
  expect(last).toMatchObject({
    session: 'acme.s-9',
    context: { email: '[e-mail]', apiKey: '[redacted]' },
    message: { text: 'single for [e-mail]' },
    calls: [{ tool: 'refund', arguments: { text: '{"orderId":"[redacted]","amountCents":4200}' } }],
    outputs: [{ output: { text: 'refund is done.' } }],
    answer: { text: { text: 'refund: refund is done.' } },
  });
  expect(JSON.stringify(seen)).not.toMatch(/jane|A-1|abc/);
});

test('a run that goes on for long after the outputs is told with them, and its time begins when they were submitted', async () => {
  const { log, some } = keeping({ content: 'full' });
  const { world, pauses } = await start('long', log);
  pauses.nextMs.push(2_000);
  const turnId = await world.say('pensive');
  await world.end(turnId);
  const seen = await some(3);
  const tool = seen.find(({ kind }) => kind === 'tool')!;
  const last = seen.find((one) => one.kind === 'model' && one.step === 'outputs') as ModelInteraction;
  expect(last).toMatchObject({
    outputs: [{ output: { text: 'lookup is done.' } }],
    answer: { state: 'completed' },
  });
  expect(last.startedAtMs).toBeGreaterThan(tool.startedAtMs + 1_500);
  expect(last.endedAtMs).toBeGreaterThan(last.startedAtMs + 2_000);
  expect(seen).toHaveLength(3);
});

test('a run that failed, and a tool that threw, are told with their type', async () => {
  const { log, some } = keeping();
  const { world, failures } = await start('failures', log);
  failures.next.push(new Error('The till is closed.'));
  const fragile = await world.say('fragile one');
  expect((await world.end(fragile)).status).toBe('failed');
  const failing = await world.say('failing one');
  expect((await world.end(failing)).status).toBe('failed');
  const seen = await some(3);
  expect(seen).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ kind: 'tool', tool: 'fragile', error: { type: 'Tool.Failed' } }),
      expect.objectContaining({ kind: 'model', turnId: failing, error: { type: 'server_error' } }),
    ]),
  );
  expect(JSON.stringify(seen)).not.toContain('till');
});

test('a provider that answers with an error is told, and so is the attempt that went well', async () => {
  const { log, some } = keeping();
  const { world } = await start('provider-error', log);
  await world.fault('runs.create', { type: 'status', status: 503, when: 'before' });
  const turnId = await world.say('Hello');
  expect((await world.end(turnId)).status).toBe('completed');
  const seen = await some(2);
  const [failed, answered] = seen as ModelInteraction[];
  expect(failed).toMatchObject({ step: 'message', error: { type: 'Provider.Unavailable' } });
  expect(failed).not.toHaveProperty('answer');
  expect(answered).toMatchObject({ step: 'message', answer: { state: 'completed' } });
});

test.each([
  ['never answers', () => new Promise<void>(() => undefined)],
  [
    'throws',
    () => {
      throw new Error('Out of order.');
    },
  ],
])(
  'a sink that %s costs a turn nothing: it is decided, has its effect and its reply',
  async (name, write) => {
    let isWritten = false;
    const sink = {
      name: 'broken',
      write: () => {
        isWritten = true;
        return write();
      },
    };
    const { world, effects } = await start(name, { sink });
    const approval = await world.asked('single please');
    await until('the first interaction to reach the sink', () => isWritten);
    const receipt = await world.decide(approval, {});
    expect(receipt).toMatchObject({ outcome: 'applied' });
    const turn = await world.end(approval.turnId);
    expect(turn).toMatchObject({ status: 'completed', reply: 'refund: refund is done.' });
    expect(effects).toHaveLength(1);
    expect(await world.seen(approval.turnId)).toMatchObject({ runs: 1, submits: 1 });
  },
);

test('Reconify gets one body a run: its message and its reply, as the provider keeps them', async () => {
  const receiver = await startReceiver();
  const sink = reconifySink({ url: receiver.url, appKey: 'app-key', apiKey: 'api-key' });
  const { world } = await start('reconify', { sink, content: 'full' });
  const { run } = await world.decided(
    'single please',
    {},
    { conversationId: 'c-reconify', context: { user: 'u-7' } },
  );
  const [received] = await until('a body', () =>
    Promise.resolve(receiver.received.length > 0 ? receiver.received : null),
  );
  expect(received?.headers['content-type']).toBe('application/json');
  // How a body looks in full: reconify.test.ts.
  const kept = { object: 'thread.message', thread_id: run?.threadId };
  expect(JSON.parse(received?.body ?? '')).toMatchObject({
    request: {
      ...{ ...kept, id: expect.stringMatching(/^msg_/) as string, assistant_id: null, attachments: [] },
      content: [{ text: { value: 'single please' } }],
    },
    response: {
      ...{ ...kept, run_id: run?.runId, id: expect.stringMatching(/^msg_/) as string },
      assistant_id: expect.stringMatching(/^asst_/) as string,
      content: [{ text: { value: 'refund: refund is done.' } }],
      usage: { total_tokens: expect.any(Number) as number },
    },
    user: { userId: 'acme.u-7' },
  });
  await world.stopWorker();
  expect(receiver.received).toHaveLength(1);
  await receiver.close();
});
