import { setTimeout as sleep } from 'node:timers/promises';

import type { AssistantStream } from 'openai/lib/AssistantStream';
import { describe, expect, test } from 'vitest';

import { parseScenario } from '../../src/app.ts';
import { connect, share } from '../support/responses-bench.ts';

const scenario = parseScenario({
  rules: [
    {
      when: ['refund'],
      rounds: [
        {
          calls: [
            { tool: 'look_up', arguments: { order: 'A-1' } },
            { tool: 'refund', arguments: { order: 'A-1', note: 'twenty-two characters or more' } },
          ],
        },
      ],
      reply: 'It is done: {{output.refund}}',
    },
    { when: ['slowly'], thinkMs: 60_000, reply: 'At last.' },
    { when: ['long text'], thinkMs: 400, reply: 'Word after word after word.' },
    { when: ['fail'], end: { status: 'failed', error: { code: 'server_error', message: 'Sorry.' } } },
    {
      when: ['draw'],
      builtIn: [
        {
          codeInterpreter: {
            input: 'plot(x)',
            logs: 'drawn',
            files: [{ name: 'x.png', text: 'png', isImage: true }],
          },
        },
      ],
      reply: 'Here it is: sandbox:/mnt/data/x.png, and no mark.',
      annotations: [
        { mark: 'sandbox:/mnt/data/x.png', path: 'x.png' },
        { mark: 'not there', cites: 'file-1' },
      ],
    },
  ],
  otherwise: { reply: 'Hello.' },
});

// A cancel takes startMs, too: long enough to be seen.
const { client: openai, simulator } = await share({ scenario, latency: { startMs: 40, thinkMs: 10 } });
const { threads } = openai.beta;
const fn = (name: string) => ({ type: 'function' as const, function: { name } });
const { id: assistant_id } = await openai.beta.assistants.create({
  model: 'gpt-5',
  tools: [fn('look_up'), fn('refund'), { type: 'code_interpreter' }],
});

const streamed = (content: string): AssistantStream =>
  threads.createAndRunStream({ assistant_id, thread: { messages: [{ role: 'user', content }] } });

async function namesOf(stream: AssistantStream): Promise<string[]> {
  const names: string[] = [];
  for await (const { event } of stream) names.push(event);
  return names;
}

test('createAndRunStream, submitToolOutputsStream: the calls arrive whole, the reply word by word', async () => {
  const first = streamed('Please refund A-1');
  const run = await first.finalRun();
  expect(run.status).toBe('requires_action');
  const calls = run.required_action!.submit_tool_outputs.tool_calls;
  const [step] = await first.finalRunSteps();
  expect(step!.step_details).toMatchObject({
    // What the client put together from the deltas.
    tool_calls: calls.map(({ id, function: { name, arguments: args } }) => ({
      id,
      function: { name, arguments: args },
    })),
  });
  expect(JSON.parse(calls[1]!.function.arguments)).toEqual({
    order: 'A-1',
    note: 'twenty-two characters or more',
  });

  const second = threads.runs.submitToolOutputsStream(run.id, {
    thread_id: run.thread_id,
    tool_outputs: calls.map(({ id }) => ({ tool_call_id: id, output: 'refunded' })),
  });
  const heard: string[] = [];
  second.on('textDelta', ({ value }) => heard.push(value ?? ''));
  const names: string[] = [];
  second.on('event', ({ event }) => names.push(event));
  expect((await second.finalRun()).status).toBe('completed');
  expect(names.slice(0, 3)).toEqual([
    'thread.run.step.completed',
    'thread.run.queued',
    'thread.run.in_progress',
  ]);
  expect(heard.length).toBeGreaterThan(2);
  expect(heard.join('')).toBe('It is done: refunded');
  const [message] = (await threads.messages.list(run.thread_id)).data;
  expect(await second.finalMessages()).toMatchObject([
    { id: message!.id, content: message!.content, status: 'completed' },
  ]);
});

test('runs.stream: what is streamed is what a poll sees, and a thread takes the next run', async () => {
  const { id } = await threads.create();
  for (const words of ['Hi', 'Hi again']) {
    const stream = threads.runs.stream(id, {
      assistant_id,
      additional_messages: [{ role: 'user', content: words }],
    });
    const run = await stream.finalRun();
    expect(await threads.runs.retrieve(run.id, { thread_id: id })).toEqual(run);
  }
  expect((await threads.messages.list(id)).data).toHaveLength(4);
});

test("a run's code, images and annotations are put together as they are stored", async () => {
  const stream = streamed('draw it');
  const run = await stream.finalRun();
  const stored = await threads.runs.steps.list(run.id, { thread_id: run.thread_id, order: 'asc' });
  const details = (await stream.finalRunSteps()).map(({ step_details }) => step_details);
  expect(details).toEqual(stored.data.map(({ step_details }) => step_details));
  const [message] = await stream.finalMessages();
  const [listed] = (await threads.messages.list(run.thread_id)).data;
  expect(message!.content).toEqual(listed!.content);
});

test('the deltas of annotations bear them all, those without a mark in the text at the end', async () => {
  const texts: { value?: string; annotations?: object[] }[] = [];
  for await (const event of streamed('draw it')) {
    if (event.event !== 'thread.message.delta') continue;
    for (const part of event.data.delta.content ?? []) if (part.type === 'text') texts.push(part.text ?? {});
  }
  const annotations = texts.flatMap((text) => text.annotations ?? []);
  expect(annotations).toMatchObject([
    { index: 0, type: 'file_path' },
    { index: 1, type: 'file_citation', file_citation: { file_id: 'file-1', quote: '' } },
  ]);
  expect(texts.map(({ value }) => value).join('')).toBe('Here it is: sandbox:/mnt/data/x.png, and no mark.');
  expect(texts.find((text) => text.annotations?.includes(annotations[0]!))?.value).toBe(
    'sandbox:/mnt/data/x.png',
  );
});

describe('a run that ends otherwise', () => {
  test('fails: its last event says why', async () => {
    const stream = streamed('fail, please');
    const names = namesOf(stream);
    expect((await stream.finalRun()).last_error).toEqual({ code: 'server_error', message: 'Sorry.' });
    expect((await names).at(-1)).toBe('thread.run.failed');
  });

  test('is cancelled while the model thinks: nothing was said', async () => {
    const stream = streamed('slowly');
    const names = namesOf(stream);
    stream.on('event', ({ event, data }) => {
      if (event === 'thread.run.in_progress')
        void threads.runs.cancel(data.id, { thread_id: data.thread_id });
    });
    expect((await stream.finalRun()).status).toBe('cancelled');
    expect((await names).slice(-2)).toEqual(['thread.run.cancelling', 'thread.run.cancelled']);
  });

  test('is cancelled while it speaks: the message is incomplete, its step cancelled', async () => {
    const names: string[] = [];
    for await (const { event, data } of streamed('a long text')) {
      names.push(event);
      if (event === 'thread.message.in_progress')
        await threads.runs.cancel(data.run_id!, { thread_id: data.thread_id });
      if (event === 'thread.message.incomplete')
        expect(data.incomplete_details).toEqual({ reason: 'run_cancelled' });
    }
    expect(names.slice(-3)).toEqual([
      'thread.message.incomplete',
      'thread.run.step.cancelled',
      'thread.run.cancelled',
    ]);
  });

  test('expires while the model thinks', async () => {
    const stream = streamed('slowly');
    const names = namesOf(stream);
    stream.on('event', ({ event, data }) => {
      if (event === 'thread.run.in_progress')
        void fetch(new URL(`/_simulator/runs/${data.id}/expire`, simulator.url), { method: 'POST' });
    });
    expect((await stream.finalRun()).status).toBe('expired');
    expect((await names).at(-1)).toBe('thread.run.expired');
  });

  test('goes on when nobody listens any more', async () => {
    const stream = streamed('a long text');
    const run = await new Promise<{ id: string; thread_id: string }>((resolve) => {
      stream.on('event', ({ event, data }) => {
        if (event === 'thread.run.in_progress') resolve(data);
      });
    });
    const ended = stream.done().catch(() => 'aborted');
    stream.abort();
    expect(await ended).toBe('aborted');
    const { id, thread_id } = run;
    await expect.poll(async () => (await threads.runs.retrieve(id, { thread_id })).status).toBe('completed');
  });
});

test('a simulator that closes ends its streams', async () => {
  const own = await connect({ scenario, latency: {} });
  const { id } = await own.client.beta.assistants.create({ model: 'gpt-5' });
  const stream = own.client.beta.threads.createAndRunStream({
    assistant_id: id,
    thread: { messages: [{ role: 'user', content: 'slowly' }] },
  });
  const ended = stream.done().then(
    () => 'done',
    () => 'cut off',
  );
  await new Promise((resolve) => stream.once('event', resolve));
  await own.simulator.close();
  expect(await Promise.race([ended, sleep(5_000, 'still open', { ref: false })])).toBe('cut off');
});

test('what is refused is refused before anything is streamed', async () => {
  await expect(streamedFor('asst_unknown')).rejects.toThrow("No assistant found with id 'asst_unknown'.");
  const run = await streamed('Please refund').finalRun();
  const outputs = [{ tool_call_id: 'call_x', output: '' }];
  const submit = threads.runs.submitToolOutputs(run.id, {
    thread_id: run.thread_id,
    tool_outputs: outputs,
    stream: true,
  });
  await expect(submit).rejects.toMatchObject({ status: 400 });
});

const streamedFor = (assistant: string) =>
  threads.createAndRun({
    assistant_id: assistant,
    stream: true,
    thread: { messages: [{ role: 'user', content: 'Hi' }] },
  });
