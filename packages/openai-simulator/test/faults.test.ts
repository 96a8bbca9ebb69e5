import { beforeEach, describe, expect, test } from 'vitest';

import { createBench, type Bench } from './support/bench.ts';

let bench: Bench;
beforeEach(() => {
  bench = createBench({ latency: { startMs: 0, thinkMs: 0 } });
});

const send: Bench['send'] = (method, path, body) => bench.send(method, path, body);
const fault = async (body: object) => {
  const answer = await send('POST', '/_simulator/faults', body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
};
const requests = async () => (await send('GET', '/_simulator/requests')).body.requests;
const createAssistant = () => send('POST', '/v1/assistants', { model: 'gpt-5' });
const assistants = async () => (await send('GET', '/v1/assistants')).body.data;

test('a fault hits the requests whose body it describes, and a program need not ask over HTTP', async () => {
  const { control } = bench.simulator;
  control.fault({ match: { body: '"model":"gpt-5-mini"' }, fault: { type: 'status', status: 500 } });
  expect((await createAssistant()).status).toBe(200);
  expect((await send('POST', '/v1/assistants', { model: 'gpt-5-mini' })).status).toBe(500);
  expect(control.requests().map(({ fault: hit }) => hit)).toEqual([null, 'status']);
  expect(() => control.fault({ match: { body: '(' }, fault: { type: 'expire_now' } })).toThrow(
    'match.body: has to be a regular expression that compiles',
  );
});

test('a path is matched as it is written; a status comes before the effect unless it is said otherwise', async () => {
  await fault({ match: { method: 'POST', path: '/v1/assistants' }, fault: { type: 'status', status: 409 } });
  expect((await send('GET', '/v1/assistants/asst_x')).status).toBe(404);
  const answer = await createAssistant();
  expect(answer.status).toBe(409);
  expect(answer.body.error.message).toBeTruthy();
  expect(await assistants()).toEqual([]);
});

test('a status can bring its own body', async () => {
  await fault({ fault: { type: 'status', status: 503, body: { detail: 'proxy' } } });
  expect((await createAssistant()).body).toEqual({ detail: 'proxy' });
});

test.each([
  ['before', 0],
  ['after', 1],
])('a delay %s the effect holds the answer back', async (when, madeMeanwhile) => {
  await fault({ match: { operation: 'assistants.create' }, fault: { type: 'delay', ms: 300, when } });
  const beganMs = performance.now();
  const answer = createAssistant();
  await expect.poll(async () => (await requests())[0]?.status).toBeNull();
  expect(await assistants()).toHaveLength(madeMeanwhile);
  expect((await answer).status).toBe(200);
  expect(performance.now() - beganMs).toBeGreaterThanOrEqual(295);
  expect(await assistants()).toHaveLength(1);
});

test('expire_now expires the run of the request, which then is handled as usual', async () => {
  const { body: assistant } = await createAssistant();
  const thread = { messages: [{ role: 'user', content: 'Refund order A-1' }] };
  const { body: run } = await send('POST', '/v1/threads/runs', { assistant_id: assistant.id, thread });
  await fault({ match: { path: 'runs.submit' }, fault: { type: 'expire_now' } });
  const submit = { tool_outputs: [] };
  const answer = await send(
    'POST',
    `/v1/threads/${run.thread_id}/runs/${run.id}/submit_tool_outputs`,
    submit,
  );
  expect(answer.body.error.message).toBe('Runs in status "expired" do not accept tool outputs.');
});

test('a fault hits as many requests as it says, after as many as it lets pass', async () => {
  await fault({
    match: { path: 're:assistants$', method: 'POST' },
    skip: 1,
    times: 2,
    fault: { type: 'status', status: 500 },
  });
  const seen = [];
  for (let index = 0; index < 4; index++) seen.push((await createAssistant()).status);
  expect(seen).toEqual([200, 500, 500, 200]);
  expect((await send('GET', '/_simulator/faults')).body.faults).toEqual([]);
});

test('a glob matches whole parts of a path, and DELETE clears what is pending', async () => {
  await fault({ match: { path: '/v1/threads/*' }, times: 5, fault: { type: 'status', status: 500 } });
  expect((await send('POST', '/v1/threads')).status).toBe(200);
  expect((await send('GET', '/v1/threads/thread_x')).status).toBe(500);
  expect((await send('GET', '/v1/threads/thread_x/messages')).status).toBe(404);
  expect((await send('GET', '/_simulator/faults')).body.faults[0]).toMatchObject({ id: 'fault_1', times: 4 });
  expect((await send('DELETE', '/_simulator/faults')).status).toBe(204);
  expect((await send('GET', '/v1/threads/thread_x')).status).toBe(404);
});

test.each([
  [{}, 'fault: '],
  [{ fault: { type: 'explode' } }, 'fault.type: '],
  [{ fault: { type: 'drop_before' }, times: 0 }, 'times: '],
  [{ fault: { type: 'status', status: 200 } }, 'fault.status: '],
  [
    { fault: { type: 'drop_before' }, match: { operation: 'runs.start' } },
    'match.operation: is not an operation. Known are',
  ],
  [{ fault: { type: 'drop_before' }, match: { path: 're:(' } }, 'match.path: has a regular expression'],
  [{ fault: { type: 'drop_before' }, match: { url: '/' } }, 'match: '],
])('%j is not a fault', async (body, message) => {
  const answer = await send('POST', '/_simulator/faults', body);
  expect(answer.status).toBe(400);
  expect(answer.body.error.message).toContain(message);
});

describe('inspection', () => {
  test('every request is listed in order, without its key', async () => {
    await createAssistant();
    await bench.simulator.request('/v1/threads', { method: 'POST', body: 'no json' });
    await send('GET', '/v1/embeddings?purpose=x');
    const seen = await requests();
    expect(
      seen.map(({ sequence, method, path, operation, status, effect }) => [
        sequence,
        method,
        path,
        operation,
        status,
        effect,
      ]),
    ).toEqual([
      [1, 'POST', '/v1/assistants', 'assistants.create', 200, true],
      [2, 'POST', '/v1/threads', 'threads.create', 401, false],
      [3, 'GET', '/v1/embeddings', null, 404, false],
    ]);
    expect(seen[0]).toMatchObject({
      body: { model: 'gpt-5' },
      headers: { 'openai-beta': 'assistants=v2' },
      fault: null,
    });
    expect(seen[1]!.body).toBe('no json');
    expect(seen[2]!.query).toEqual({ purpose: 'x' });
    expect(JSON.stringify(seen)).not.toContain('test-key');
    await send('DELETE', '/_simulator/requests');
    expect(await requests()).toEqual([]);
    await createAssistant();
    expect((await requests())[0]!.sequence).toBe(4);
  });

  test('state shows runs; a run can be expired by hand', async () => {
    const bench = createBench();
    const run = await bench.run('Refund order A-1', { more: { metadata: { key: 'k' } } });
    await run.until('requires_action');
    const { body } = await bench.send('GET', '/_simulator/state');
    expect(body.runs).toMatchObject([
      { id: run.id, status: 'requires_action', metadata: { key: 'k' }, round: 0 },
    ]);
    expect((await bench.send('POST', `/_simulator/runs/${run.id}/expire`)).body.status).toBe('expired');
    expect((await bench.send('POST', `/_simulator/runs/${run.id}/expire`)).status).toBe(400);
    expect((await bench.send('POST', '/_simulator/runs/run_x/expire')).status).toBe(404);
    expect((await bench.send('GET', '/_simulator/nothing')).body.error.message).toContain('There are: ');
  });

  test('the clock can be put off: dates, creation and expiry follow it', async () => {
    const bench = createBench();
    const skewMs = -3_600_000;
    expect((await bench.send('POST', '/_simulator/clock', { skewMs })).body.skewMs).toBe(skewMs);
    const run = await bench.run('Hello');
    expect(run.created.created_at).toBe((bench.nowMs() + skewMs) / 1000);
    expect(run.created.expires_at).toBe(run.created.created_at + 600);
    const { headers } = await bench.send('GET', run.path);
    expect(Date.parse(headers.get('date')!)).toBe(bench.nowMs() + skewMs);
    expect((await bench.send('POST', '/_simulator/clock', { skew: 1 })).status).toBe(400);
    const noJson = await bench.simulator.request('/_simulator/clock', { method: 'POST', body: '{' });
    expect(noJson.status).toBe(400);
  });
});
