import { expect, test } from 'vitest';

import type { SimulatorOptions } from '../../src/app.ts';
import { callsOf, createBench } from '../support/bench.ts';
import { expectDescribed } from '../support/description.ts';

const described = (options: SimulatorOptions = {}) => createBench(options, expectDescribed);
const REFUND = 'Please refund order A-1042';

test('a thread with an active run takes neither a run nor a message', async () => {
  const bench = described();
  const assistantId = await bench.assistant();
  const run = await bench.run(REFUND, { assistantId });
  const thread = `/v1/threads/${run.threadId}`;
  for (const status of ['queued', 'in_progress', 'requires_action']) {
    await run.until(status);
    const second = await bench.send('POST', `${thread}/runs`, { assistant_id: assistantId });
    expect(second.status).toBe(400);
    expect(second.body.error.message).toBe(`Thread ${run.threadId} already has an active run ${run.id}.`);
    const message = await bench.send('POST', `${thread}/messages`, { role: 'user', content: 'Hurry' });
    expect(message.status).toBe(400);
    expect(message.body.error.message).toBe(
      `Can't add messages to ${run.threadId} while a run ${run.id} is active.`,
    );
  }
  await run.submit({ refund_order: 'Refunded 42.00 EUR.' });
  await run.until('completed');
  expect((await bench.send('POST', `${thread}/messages`, { role: 'user', content: 'Thanks' })).status).toBe(
    200,
  );
  expect((await bench.send('POST', `${thread}/runs`, { assistant_id: assistantId })).status).toBe(200);
});

test('outputs are taken for exactly the waiting calls, once', async () => {
  const bench = described();
  const run = await bench.run('Refund orders A-1 and A-2');
  const submit = (outputs: object[]) =>
    bench.send('POST', `${run.path}/submit_tool_outputs`, { tool_outputs: outputs });
  expect((await submit([])).body.error.message).toBe('Runs in status "queued" do not accept tool outputs.');
  const waiting = await run.until('requires_action');
  const [a, b] = callsOf(waiting).map((call) => call.id) as [string, string];
  const output = (id: string) => ({ tool_call_id: id, output: 'Done.' });

  for (const ids of [[], [a], [a, a], [a, b, 'call_x'], [a, 'call_x']]) {
    const refused = await submit(ids.map(output));
    expect(refused.status).toBe(400);
    const got = `[${ids.map((id) => `'${id}'`).join(', ')}]`;
    expect(refused.body.error.message).toBe(
      `Expected tool outputs for call_ids ['${a}', '${b}'], got ${got}`,
    );
  }
  expect((await submit([b, a].map(output))).body.status).toBe('queued');
  const again = await submit([a, b].map(output));
  expect(again.body.error.message).toBe('Runs in status "queued" do not accept tool outputs.');
  await run.until('completed');
  const late = await submit([a, b].map(output));
  expect(late.body.error.message).toBe('Runs in status "completed" do not accept tool outputs.');
});

test('started_at is rewritten after a submit, expires_at stays until the completion', async () => {
  const bench = described();
  const run = await bench.run(REFUND);
  const createdAt = run.created.created_at;
  const before = { started_at: createdAt + 1, expires_at: createdAt + 600 };
  expect(run.created).toMatchObject({ ...before, started_at: null });
  expect(await run.until('requires_action')).toMatchObject(before);
  bench.pass(100_000);
  expect((await run.submit({ refund_order: 'Done.' })).body).toMatchObject(before);
  const { started_at, expires_at } = await run.until('in_progress');
  expect(started_at).toBeGreaterThan(createdAt + 100);
  expect(expires_at).toBe(before.expires_at);
  const done = await run.until('completed');
  expect(done).toMatchObject({ expires_at: null, started_at });
  expect(done.completed_at).toBeGreaterThanOrEqual(started_at);
  const { prompt_tokens, completion_tokens, total_tokens } = done.usage;
  expect(total_tokens).toBe(prompt_tokens + completion_tokens);
});

test('every stage takes as long as the latency says', async () => {
  const bench = described({ latency: { startMs: 1_000, thinkMs: 4_000 } });
  const calling = await bench.run(REFUND);
  const replying = await bench.run('Hello');
  const seen = async (ms: number) => {
    bench.pass(ms);
    return [(await calling.now()).status, (await replying.now()).status];
  };
  expect(await seen(999)).toEqual(['queued', 'queued']);
  expect(await seen(1)).toEqual(['in_progress', 'in_progress']);
  expect(await seen(3_999)).toEqual(['in_progress', 'in_progress']);
  expect(await seen(1)).toEqual(['requires_action', 'completed']);
});

test('a function step has no output until the submit, then ours', async () => {
  const bench = described();
  const run = await bench.run(REFUND);
  await run.until('requires_action');
  const step = async () => (await bench.send('GET', `${run.path}/steps?order=asc`)).body.data[0];
  expect(await step()).toMatchObject({
    status: 'in_progress',
    expires_at: run.created.expires_at,
    step_details: { tool_calls: [{ function: { name: 'refund_order', output: null } }] },
  });
  await run.submit({ refund_order: 'Denied.' });
  expect(await step()).toMatchObject({
    status: 'completed',
    expires_at: null,
    step_details: { tool_calls: [{ function: { output: 'Denied.' } }] },
  });
});

test('a run expires at created_at + TTL; waiting and submitting do not move that', async () => {
  const bench = described({ runTtlSeconds: 60 });
  const run = await bench.run('Look up order A-1 and refund it');
  const endMs = (run.created.created_at + 60) * 1000;
  await run.until('requires_action');
  bench.pass(endMs - bench.nowMs() - 5_000);
  await run.submit({ lookup_order: '{"orderId":"A-1"}' });
  expect((await run.until('requires_action')).expires_at * 1000).toBe(endMs);
  bench.pass(endMs - bench.nowMs() - 1);
  expect((await run.now()).status).toBe('requires_action');
  bench.pass(1);
  expect(await run.now()).toMatchObject({ status: 'expired', required_action: null, completed_at: null });
  const { body } = await run.submit(() => 'late');
  expect(body.error.message).toBe('Runs in status "expired" do not accept tool outputs.');
  const steps = (await bench.send('GET', `${run.path}/steps`)).body.data;
  expect(steps.map(({ status }) => status)).toEqual(['expired', 'completed']);
});

test.each(['queued', 'in_progress', 'requires_action'])(
  'a run that is %s is cancelled in two steps',
  async (status) => {
    const bench = described();
    const run = await bench.run(REFUND);
    await run.until(status);
    const { body } = await bench.send('POST', `${run.path}/cancel`);
    expect(body).toMatchObject({
      status: 'cancelling',
      cancelled_at: null,
      expires_at: run.created.expires_at,
    });
    const again = await bench.send('POST', `${run.path}/cancel`, {});
    expect(again.body.error.message).toBe("Cannot cancel run with status 'cancelling'.");
    const cancelled = await run.until('cancelled');
    expect((await bench.send('GET', `${run.path}/steps`)).status).toBe(200);
    expect(cancelled.cancelled_at).toBeGreaterThanOrEqual(run.created.created_at);
    const third = await bench.send('POST', `${run.path}/cancel`);
    expect([third.status, third.body.error.message]).toEqual([
      400,
      "Cannot cancel run with status 'cancelled'.",
    ]);
  },
);

test('expiry may overtake a cancel', async () => {
  const bench = described({ runTtlSeconds: 60, latency: { startMs: 10_000, thinkMs: 10 } });
  const run = await bench.run(REFUND);
  bench.pass(55_000);
  expect((await bench.send('POST', `${run.path}/cancel`)).body.status).toBe('cancelling');
  bench.pass(5_000);
  expect(await run.now()).toMatchObject({ status: 'expired', cancelled_at: null });
});

test('metadata of a run under way is refused, later it is replaced as a whole', async () => {
  const bench = described();
  const run = await bench.run('Hello', { more: { metadata: { a: '1', b: '2' } } });
  const refused = await bench.send('POST', run.path, { metadata: { a: '3' } });
  expect(refused.body.error.message).toBe("Cannot update run with status 'queued'.");
  await run.until('completed');
  expect((await bench.send('POST', run.path, { metadata: { a: '3' } })).body.metadata).toEqual({ a: '3' });
  expect((await bench.send('POST', run.path, {})).body.metadata).toEqual({ a: '3' });
});

test("a run takes the assistant's settings unless it brings its own", async () => {
  const bench = described();
  const assistantId = await bench.assistant({ instructions: 'Be brief.', temperature: 0.2 });
  const own = await bench.run('Hello', { assistantId });
  expect(own.created).toMatchObject({
    model: 'gpt-5',
    instructions: 'Be brief.',
    temperature: 0.2,
    tools: [],
  });
  const tools = [{ type: 'function', function: { name: 'act', description: 'Acts.' } }];
  const more = {
    model: 'gpt-4o',
    instructions: 'Talk.',
    additional_instructions: 'Slowly.',
    tools,
    temperature: 1.5,
  };
  const other = await bench.run('Hello', { assistantId, more });
  expect(other.created).toMatchObject({
    model: 'gpt-4o',
    instructions: 'Talk.\nSlowly.',
    temperature: 1.5,
    tools: [{ function: { name: 'act', parameters: { type: 'object', properties: {} }, strict: false } }],
  });
});

test('an assistant is shown, listed and deleted', async () => {
  const bench = described();
  const path = `/v1/assistants/${await bench.assistant({ metadata: { a: 'b' } })}`;
  const { body: shown } = await bench.send('GET', path);
  expect((await bench.send('GET', '/v1/assistants')).body.data).toEqual([shown]);
  expect((await bench.send('DELETE', path)).body.deleted).toBe(true);
  expect((await bench.send('GET', path)).status).toBe(404);
});

test('lists are paged in both directions and both orders', async () => {
  const bench = described();
  const threadId = await bench.thread();
  const path = `/v1/threads/${threadId}/messages`;
  const ids: string[] = [];
  for (const content of ['a', 'b', 'c', 'd', 'e']) {
    ids.push((await bench.send('POST', path, { role: 'user', content })).body.id);
  }
  const page = async (query: string) => {
    const { body } = await bench.send('GET', `${path}?${query}`);
    return [body.data.map(({ id }) => 'abcde'.charAt(ids.indexOf(id))).join(''), body.has_more];
  };
  const [a, b, , d] = ids;
  expect(await page('')).toEqual(['edcba', false]);
  expect(await page('limit=2')).toEqual(['ed', true]);
  expect(await page(`limit=2&after=${d}`)).toEqual(['cb', true]);
  expect(await page(`limit=2&after=${b}`)).toEqual(['a', false]);
  expect(await page(`order=asc&limit=2&after=${a}`)).toEqual(['bc', true]);
  expect(await page(`order=asc&limit=2&before=${d}`)).toEqual(['bc', true]);
  expect(await page(`order=asc&after=${a}&before=${d}`)).toEqual(['bc', false]);
  expect(await page('run_id=run_x')).toEqual(['', false]);
});

test('deleting a thread takes its messages and runs along', async () => {
  const bench = described();
  const run = await bench.run('Hello');
  expect((await bench.send('DELETE', `/v1/threads/${run.threadId}`)).body.deleted).toBe(true);
  expect((await bench.send('GET', run.path)).status).toBe(404);
  expect((await bench.send('GET', '/_simulator/state')).body.runs).toEqual([]);
});
