import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { createSimulator, type SimulatorOptions } from '../src/app.ts';
import { callsOf, createBench, HEADERS, type Body } from './support/bench.ts';

let folder: string;
let stateFile: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  stateFile = join(folder, 'state', 'simulator.jsonl');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** A simulator in a process of its own, so that it can be killed. */
async function startProcess(): Promise<{ url: string; kill(): Promise<void> }> {
  const app = new URL('../src/app.ts', import.meta.url).href;
  const options = { stateFile, latency: { startMs: 0, thinkMs: 0 } };
  const code = `import { startSimulator } from '${app}';
    console.log((await startSimulator(${JSON.stringify(options)})).url);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
  return {
    url,
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function send(url: string, method: string, path: string, body?: object): Promise<Body> {
  const init = { method, headers: HEADERS, ...(body && { body: JSON.stringify(body) }) };
  return (await fetch(`${url}${path}`, init)).json() as Promise<Body>;
}

test('a simulator killed with SIGKILL goes on where it was', async () => {
  const first = await startProcess();
  const assistant = await send(first.url, 'POST', '/assistants', { model: 'gpt-5' });
  const thread = { messages: [{ role: 'user', content: 'Please refund order A-1042' }] };
  const run = await send(first.url, 'POST', '/threads/runs', {
    assistant_id: assistant.id,
    thread,
    metadata: { k: 'v' },
  });
  const path = `/threads/${run.thread_id}/runs/${run.id}`;
  await expect.poll(async () => (await send(first.url, 'GET', path)).status).toBe('requires_action');
  const before = await send(first.url, 'GET', path);
  await first.kill();

  const second = await startProcess();
  expect(await send(second.url, 'GET', path)).toEqual(before);
  const [call] = callsOf(before);
  await send(second.url, 'POST', `${path}/submit_tool_outputs`, {
    tool_outputs: [{ tool_call_id: call!.id, output: 'Refunded 42.00 EUR.' }],
  });
  await second.kill();

  const third = await startProcess();
  await expect.poll(async () => (await send(third.url, 'GET', path)).status).toBe('completed');
  const messages = await send(third.url, 'GET', `/threads/${run.thread_id}/messages`);
  expect(messages.data.map(({ content }) => content[0]!.text.value)).toEqual([
    'Order A-1042 has been refunded: Refunded 42.00 EUR.',
    'Please refund order A-1042',
  ]);
  const { requests } = await send(third.url.replace(/\/v1$/, ''), 'GET', '/_simulator/requests');
  const operations = requests.map(({ operation }) => operation);
  expect(operations).toEqual(
    expect.arrayContaining(['assistants.create', 'threads.createAndRun', 'runs.submit']),
  );
  expect(requests.map(({ sequence }) => sequence)).toEqual(requests.map((_, index) => index + 1));
});

test('time that passes while it is down passes for its runs', async () => {
  const before = createBench({ stateFile });
  const run = await before.run('Hello');
  before.simulator.close();
  const after = createBench({ stateFile });
  after.pass(700_000);
  // Completed long before it could expire, though nobody was there.
  const { body } = await after.send('GET', run.path);
  expect(body).toMatchObject({ status: 'completed', completed_at: run.created.created_at + 3 });
});

test('responses and conversations go on too', async () => {
  const before = createBench({ stateFile });
  const conversation = (await before.send('POST', '/v1/conversations', {})).body.id;
  const tools = [{ type: 'function', name: 'refund_order', parameters: { type: 'object', properties: {} } }];
  const ask = { model: 'gpt-5', input: 'Refund order A-1', tools, conversation, background: true };
  const { id } = (await before.send('POST', '/v1/responses', ask)).body;
  before.simulator.close();

  const between = createBench({ stateFile });
  expect((await between.send('POST', '/v1/responses', ask)).body.error.code).toBe('conversation_locked');
  between.pass(5_000);
  const { body: asked } = await between.send('GET', `/v1/responses/${id}`);
  between.simulator.close();

  const after = createBench({ stateFile });
  after.pass(5_000);
  expect((await after.send('GET', `/v1/responses/${id}`)).body).toEqual(asked);
  const [call] = asked.output as { call_id: string }[];
  const output = { type: 'function_call_output', call_id: call!.call_id, output: 'Refunded 1.' };
  const next = await after.send('POST', '/v1/responses', { ...ask, input: [output] });
  after.pass(5_000);
  const { body: done } = await after.send('GET', `/v1/responses/${next.body.id}`);
  expect(done.output).toMatchObject([{ content: [{ text: 'Order A-1 has been refunded: Refunded 1.' }] }]);
  expect((await after.send('GET', `/v1/conversations/${conversation}/items`)).body.data).toHaveLength(4);
});

test('faults and the clock survive a restart too', async () => {
  const before = createBench({ stateFile });
  await before.send('POST', '/_simulator/clock', { skewMs: 5_000 });
  await before.send('POST', '/_simulator/faults', { times: 3, fault: { type: 'status', status: 500 } });
  expect((await before.send('GET', '/v1/assistants')).status).toBe(500);
  before.simulator.close();
  const after = createBench({ stateFile });
  expect((await after.send('GET', '/_simulator/state')).body.skewMs).toBe(5_000);
  expect((await after.send('GET', '/_simulator/faults')).body.faults).toMatchObject([{ times: 2 }]);
});

test('a half-written last line is dropped, the rest stays', async () => {
  const before = createBench({ stateFile });
  const threadId = await before.thread();
  before.simulator.close();
  appendFileSync(stateFile, '[["threads","thread_half",{"id":"thread_ha');
  const after = createBench({ stateFile });
  expect((await after.send('GET', `/v1/threads/${threadId}`)).status).toBe(200);
  const next = await after.thread();
  after.simulator.close();
  const again = createBench({ stateFile });
  expect((await again.send('GET', `/v1/threads/${next}`)).status).toBe(200);
  again.simulator.close();
  expect(readFileSync(stateFile, 'utf8')).not.toContain('thread_half');
});

test("a file that is not the simulator's is refused and left alone", () => {
  const file = join(folder, 'notes.txt');
  writeFileSync(file, 'dear diary\n');
  expect(() => createSimulator({ stateFile: file })).toThrow(
    `Line 1 of the state file ${file} is not the simulator's.`,
  );
  expect(readFileSync(file, 'utf8')).toBe('dear diary\n');
});

test.each([
  [{ runTtlSeconds: 0 }, 'runTtlSeconds'],
  [{ latency: { thinkMs: -1 } }, 'latency.thinkMs'],
  [{ apiKey: 'a b' }, 'apiKey: a key without spaces'],
  [{ ttl: 5 }, '"ttl"'],
])('options are checked when it is made: %j', (options, message) => {
  expect(() => createSimulator(options as SimulatorOptions)).toThrow(message);
});
