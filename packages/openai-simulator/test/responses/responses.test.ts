import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';

import { createBench } from '../support/bench.ts';
import { expectDescribed, expectKnownDescribed } from '../support/description.ts';
import { callsOf, connect, share, DESK, outputsOf } from '../support/responses-bench.ts';

const { client } = await share();

describe("OpenAI's own client", () => {
  test('keeps the transcript itself when nothing is stored', async () => {
    const body = { model: 'gpt-5', tools: DESK, store: false };
    const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: 'Refund order A-1' }];
    const first = await client.responses.create({ ...body, input });
    await expect(client.responses.retrieve(first.id)).rejects.toThrow(OpenAI.NotFoundError);
    const next = [...input, ...(first.output as OpenAI.Responses.ResponseInput)];
    const outputs = outputsOf(first, () => 'Refunded 1.');
    const last = await client.responses.create({ ...body, input: [...next, ...outputs] });
    expect(last.output_text).toBe('Order A-1 has been refunded: Refunded 1.');
  });

  test('reads the same from a stream as from a whole answer', async () => {
    const body = { model: 'gpt-5', tools: DESK, input: 'Refund order A-1 and A-2' };
    const whole = await client.responses.create(body);
    const streamed = await client.responses.stream(body).finalResponse();
    expect(callsOf(streamed)).toEqual(callsOf(whole));
    expect(callsOf(streamed)).toHaveLength(2);
    expect(streamed.status).toBe('completed');

    const spoken = client.responses.stream({ ...body, tool_choice: 'none' });
    let text = '';
    spoken.on('response.output_text.delta', ({ delta }) => (text += delta));
    const said = await spoken.finalResponse();
    expect(text).toBe((await client.responses.create({ ...body, tool_choice: 'none' })).output_text);
    expect(said.output_text).toBe(text);
    expect(text).not.toBe('');
  });

  test('goes on with a stream of the background where it was left', async () => {
    const { client } = await connect({ latency: { startMs: 30, thinkMs: 60 } });
    const stream = await client.responses.create({
      model: 'gpt-5',
      input: 'Hello',
      background: true,
      stream: true,
    });
    const all: OpenAI.Responses.ResponseStreamEvent[] = [];
    for await (const event of stream) all.push(event);
    expect(all.map(({ sequence_number }) => sequence_number)).toEqual(all.map((_, index) => index));
    expect(all.slice(0, 3).map(({ type }) => type)).toEqual([
      ...['response.created', 'response.queued', 'response.in_progress'],
    ]);
    const created = all[0]!;
    if (created.type !== 'response.created') throw new Error(created.type);
    expect(created.response.status).toBe('queued');

    const { id } = created.response;
    for (const starting_after of [0, 1, 6]) {
      const rest = [];
      for await (const event of await client.responses.retrieve(id, { stream: true, starting_after }))
        rest.push(event);
      expect(rest).toEqual(all.slice(starting_after + 1));
    }
    expect(all.at(-1)!.type).toBe('response.completed');
    const plain = await client.responses.create({ model: 'gpt-5', input: 'Hello' });
    await expect(client.responses.retrieve(plain.id, { stream: true })).rejects.toThrow(
      OpenAI.BadRequestError,
    );
  });
});

describe('in the background', () => {
  const create = (bench: ReturnType<typeof createBench>, input: string, more: object = {}) =>
    bench.send('POST', '/v1/responses', { model: 'gpt-5', input, background: true, ...more });

  test('a response is queued, then under way, then completed, at its own time', async () => {
    const bench = createBench({}, expectDescribed);
    const { body: created } = await create(bench, 'Hello');
    expect(created).toMatchObject({ status: 'queued', output: [], usage: null, completed_at: null });
    const path = `/v1/responses/${created.id}`;
    bench.pass(999);
    expect((await bench.send('GET', path)).body.status).toBe('queued');
    bench.pass(1);
    expect((await bench.send('GET', path)).body.status).toBe('in_progress');
    bench.pass(10_000);
    const { body: done } = await bench.send('GET', path);
    expect(done).toMatchObject({ status: 'completed', completed_at: created.created_at + 3 });
    expect(done).toMatchObject({ output: [{ type: 'message', role: 'assistant' }] });
  });

  test('it can be cancelled until it is over, and a second cancel changes nothing', async () => {
    const bench = createBench({}, expectDescribed);
    const { body: created } = await create(bench, 'Hello');
    const path = `/v1/responses/${created.id}`;
    bench.pass(1_500);
    const cancelled = await bench.send('POST', `${path}/cancel`);
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled', output: [] } });
    bench.pass(60_000);
    expect((await bench.send('POST', `${path}/cancel`)).body).toEqual(cancelled.body);
    expect((await bench.send('GET', path)).body).toEqual(cancelled.body);
  });

  test('it ends as the scenario says', async () => {
    const error = { code: 'server_error', message: 'Sorry.' };
    const scenario = {
      rules: [
        { when: ['fail'], end: { status: 'failed', error } },
        { when: ['cut'], reply: 'Half a', end: { status: 'incomplete', reason: 'max_completion_tokens' } },
        { when: ['stop'], end: { status: 'cancelled' } },
        { when: ['strange'], reply: 'At last.', end: { status: 'generating', holdMs: 5_000 } },
        { when: ['slow'], thinkMs: 50_000, reply: 'Finally.' },
      ],
    };
    const bench = createBench({ scenario }, expectKnownDescribed);
    const after = async (input: string, ms: number) => {
      const { body } = await create(bench, input);
      bench.pass(ms);
      return (await bench.send('GET', `/v1/responses/${body.id}`)).body;
    };
    expect(await after('fail', 4_000)).toMatchObject({ status: 'failed', error, output: [], usage: null });
    expect(await after('cut', 4_000)).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ status: 'incomplete', content: [{ text: 'Half a' }] }],
    });
    expect(await after('stop', 4_000)).toMatchObject({ status: 'cancelled' });
    expect(await after('strange', 4_000)).toMatchObject({ status: 'generating' });
    expect(await after('strange', 9_000)).toMatchObject({ status: 'completed' });
    expect(await after('slow', 50_000)).toMatchObject({ status: 'in_progress' });
    expect(await after('slow', 52_000)).toMatchObject({ status: 'completed' });
  });

  test('what waits for a response that fails gets the error', async () => {
    const { client } = await connect({
      scenario: {
        rules: [
          { when: ['fail'], end: { status: 'failed', error: { code: 'server_error', message: 'Oh.' } } },
        ],
      },
    });
    await expect(client.responses.create({ model: 'gpt-5', input: 'fail' })).rejects.toThrow(
      OpenAI.InternalServerError,
    );
    const events = [];
    for await (const event of await client.responses.create({ model: 'gpt-5', input: 'fail', stream: true }))
      events.push(event.type);
    expect(events).toEqual(['response.created', 'response.in_progress', 'response.failed']);
  });
});

test('two answers to the same call both go on from it', async () => {
  const body = { model: 'gpt-5', tools: DESK };
  const first = await client.responses.create({ ...body, input: 'Refund order A-1' });
  const answer = (output: string) =>
    client.responses.create({
      ...body,
      previous_response_id: first.id,
      input: outputsOf(first, () => output),
    });
  expect((await answer('Refunded 1.')).output_text).toBe('Order A-1 has been refunded: Refunded 1.');
  expect((await answer('Denied.')).output_text).toBe('I did not refund order A-1. Denied.');
});

test('the state shows every response, those that are deleted too; requests are noted by name', async () => {
  const { client, inspect } = await connect();
  const { id } = await client.responses.create({ model: 'gpt-5', input: 'Hello', metadata: { key: 'a' } });
  await inspect('faults', { match: { operation: 'responses.*' }, fault: { type: 'status', status: 503 } });
  await expect(client.responses.retrieve(id)).rejects.toThrow(OpenAI.InternalServerError);
  await client.responses.delete(id);
  const { requests, responses } = { ...(await inspect('state')), ...(await inspect('requests')) };
  expect(responses).toMatchObject([{ id, metadata: { key: 'a' }, status: 'completed', isDeleted: true }]);
  expect(requests).toMatchObject([
    { operation: 'responses.create', status: 200 },
    { operation: 'responses.retrieve', status: 503 },
    { operation: 'responses.delete', status: 200 },
  ]);
});
