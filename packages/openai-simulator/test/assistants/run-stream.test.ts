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
  const run = await streamed('Please refund A-1').finalRun();
  const calls = run.required_action!.submit_tool_outputs.tool_calls;
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
  expect((await second.finalRun()).status).toBe('completed');
  expect(heard.length).toBeGreaterThan(2);
  expect(heard.join('')).toBe('It is done: refunded');
});

/** Only deltas number the calls. */
const withoutIndex = (value: object) =>
  JSON.parse(
    JSON.stringify(value, (key, inner: unknown) => (key === 'index' ? undefined : inner)),
  ) as unknown;

test('runs.stream: what is streamed is put together as a poll sees it, and a thread takes the next run', async () => {
  const { id } = await threads.create();
  for (const content of ['Hi', 'please refund', 'draw it']) {
    const additional_messages = [{ role: 'user' as const, content }];
    const stream = threads.runs.stream(id, { assistant_id, additional_messages });
    const run = await stream.finalRun();
    expect(await threads.runs.retrieve(run.id, { thread_id: id })).toEqual(run);
    const stored = await threads.runs.steps.list(run.id, { thread_id: id, order: 'asc' });
    const steps = (await stream.finalRunSteps()).map(({ step_details }) => withoutIndex(step_details));
    expect(steps).toEqual(stored.data.map(({ step_details }) => step_details));
    const said = (await threads.messages.list(id, { run_id: run.id })).data;
    expect((await stream.finalMessages()).map((message) => message.content)).toEqual(
      said.map((message) => message.content),
    );
    if (run.status === 'requires_action') await threads.runs.cancel(run.id, { thread_id: id });
    await expect
      .poll(async () => (await threads.runs.retrieve(run.id, { thread_id: id })).status)
      .not.toBe('cancelling');
  }
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

  test.each([
    ['cancelled', ['thread.run.cancelling', 'thread.run.cancelled']],
    ['expired', ['thread.run.expired']],
  ])('is %s while the model thinks: nothing was said', async (status, last) => {
    const stream = streamed('slowly');
    const names = namesOf(stream);
    stream.on('event', ({ event, data }) => {
      if (event !== 'thread.run.in_progress') return;
      if (status === 'cancelled') void threads.runs.cancel(data.id, { thread_id: data.thread_id });
      else void fetch(new URL(`/_simulator/runs/${data.id}/expire`, simulator.url), { method: 'POST' });
    });
    expect((await stream.finalRun()).status).toBe(status);
    expect((await names).slice(-last.length - 1)).toEqual(['thread.run.in_progress', ...last]);
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
  const unknown = threads.createAndRun({ assistant_id: 'asst_unknown', stream: true });
  await expect(unknown).rejects.toThrow("No assistant found with id 'asst_unknown'.");
  const { id, thread_id } = await streamed('Please refund').finalRun();
  const tool_outputs = [{ tool_call_id: 'call_x', output: '' }];
  const submit = threads.runs.submitToolOutputs(id, { thread_id, tool_outputs, stream: true });
  await expect(submit).rejects.toMatchObject({ status: 400 });
});
