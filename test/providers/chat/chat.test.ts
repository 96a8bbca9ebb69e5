import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { chatOptionsProblem, type ChatOptions } from '../../../src/define/chat-options.ts';
import { FAILURES, type FailureType } from '../../../src/contracts/failures/failures.ts';
import { jsonBytes } from '../../../src/contracts/size.ts';
import type { TranscriptEntry } from '../../../src/contracts/transcript.ts';
import { createChatProvider } from '../../../src/providers/chat/chat.ts';
import type { AssistantSpec, Provider } from '../../../src/providers/provider.ts';
import { called, told, user } from '../../unit/providers/chat/entries.ts';

/** A server that answers as a test says, as compatible ones and wrong ones do. */
interface Canned {
  status?: number;
  type?: string;
  body: unknown;
  delayMs?: number;
}
const canned: Canned[] = [];
const requests: Record<string, unknown>[] = [];
let server: Server;
let provider: Provider;
let baseURL: string;
/** Each test has a path of its own: a request that an earlier one gave up may still arrive. */
let tests = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      if (!request.url?.startsWith(`/${tests}/`)) return;
      requests.push(JSON.parse(text) as Record<string, unknown>);
      const { status = 200, type = 'application/json', body, delayMs = 0 } = canned.shift() ?? { body: {} };
      setTimeout(() => {
        response.writeHead(status, { 'content-type': type });
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      }, delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  canned.length = 0;
  requests.length = 0;
  tests += 1;
  baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${tests}/v1`;
  provider = createChatProvider({ apiKey: 'test-key', baseURL });
});

const assistant: AssistantSpec = {
  name: 'desk',
  model: 'gpt-test',
  instructions: 'Help.',
  tools: [
    {
      name: 'refund',
      description: 'Pays back.',
      parameters: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
      isGated: true,
    },
  ],
};
const about = { threadId: 'chat_1', key: 'turn.1', metadata: { countersign_turn: 'turn.1' } };
const request = { ...about, message: 'Hello', assistant };
const says = (message: object, finish_reason: string | null = 'stop') => ({
  choices: [{ message, finish_reason }],
});

async function failureOf(answer: Canned): Promise<ApplicationFailure> {
  canned.push(answer);
  const failure: unknown = await provider.createRun(request).catch((error: unknown) => error);
  if (failure instanceof ApplicationFailure) return failure;
  throw new Error(`no failure: ${JSON.stringify(failure)}`);
}

test('a request has nothing that servers refuse', async () => {
  canned.push({ body: says({ content: 'Hi.' }) });
  await provider.createRun(request);
  expect(requests).toEqual([
    {
      model: 'gpt-test',
      messages: [
        { role: 'system', content: 'Help.' },
        { role: 'user', content: 'Hello' },
      ],
      parallel_tool_calls: false,
      tools: [
        {
          type: 'function',
          function: {
            name: 'refund',
            description: 'Pays back.',
            strict: true,
            parameters: { ...assistant.tools[0]!.parameters, additionalProperties: false },
          },
        },
      ],
    },
  ]);
});

test('thread and run have ids of ours, the same in each attempt', async () => {
  const opening = { metadata: { countersign_conversation: 'acme.c-1' }, assistant };
  expect(await provider.openThread(opening)).toBe(await provider.openThread(opening));
  expect(await provider.openThread(opening)).toMatch(/^chat_[0-9a-f]{24}$/);
  canned.push(...['a', 'b', 'c'].map((content) => ({ body: says({ content }) })));
  const first = await provider.createRun(request);
  expect((await provider.createRun(request)).runId).toBe(first.runId);
  expect((await provider.createRun({ ...request, key: 'turn.2' })).runId).not.toBe(first.runId);
});

test('an answer adds what was said; outputs follow their calls', async () => {
  const call = { id: 'call_1', type: 'function', function: { name: 'refund', arguments: '{"id":"A"}' } };
  canned.push(
    { status: 201, body: says({ content: null, tool_calls: [call] }) },
    { body: says({ content: 'Done.' }) },
  );
  const waiting = await provider.createRun(request);
  const calls = [{ toolCallId: 'call_1', tool: 'refund', arguments: '{"id":"A"}' }];
  expect(waiting).toMatchObject({ state: 'requires_action', calls, timeLeftMs: null });
  expect(waiting.added).toEqual([
    { role: 'user', text: 'Hello' },
    { role: 'assistant', text: '', calls },
  ]);
  const done = await provider.submitOutputs({
    ...{ run: waiting, key: 'turn.1-1', assistant, metadata: {} },
    outputs: [{ toolCallId: 'call_1', output: 'Decision: denied.', isRefusal: true }],
    transcript: waiting.added!,
  });
  expect(done).toMatchObject({ state: 'completed', reply: 'Done.' });
  expect(done.added).toEqual([
    { role: 'tool', toolCallId: 'call_1', output: 'Decision: denied.', isRefusal: true },
    { role: 'assistant', text: 'Done.' },
  ]);
  expect((requests[1] as { messages: object[] }).messages.slice(2)).toEqual([
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'call_1', content: 'Decision: denied.' },
  ]);
});

describe('an answer of another kind is Provider.UnexpectedAnswer, with field and remedy', () => {
  test.each<[string, Canned, RegExp]>([
    ['a response', { body: { object: 'response', output: [] } }, /choices: .*COUNTERSIGN_PROVIDER=responses/],
    ['a run', { body: { object: 'thread.run', id: 'run_1' } }, /choices: .*COUNTERSIGN_PROVIDER=assistants/],
    ['a page', { type: 'text/html', body: '<!doctype html><p>Hi' }, /the body: .*page of HTML/],
    ['a page that says it is JSON', { body: '<p>Hi' }, /the body: it is not JSON/],
    [
      'the deprecated form',
      { body: says({ function_call: { name: 'refund' } }) },
      /function_call: .*deprecated/,
    ],
    ['an error without a code', { body: { error: { message: 'No.' } } }, /choices/],
  ])('%s', async (_, answer, words) => {
    const failure = await failureOf(answer);
    expect(failure).toMatchObject({ type: 'Provider.UnexpectedAnswer', nonRetryable: true });
    expect(failure.message).toMatch(words);
    expect(failure.message).toContain('OPENAI_BASE_URL');
  });
});

describe('errors', () => {
  const refused = (status: number, message: string): Canned => ({ status, body: { error: { message } } });
  test.each<[string, Canned, FailureType, RegExp]>([
    ['a wrong key', refused(401, 'Wrong key.'), 'Provider.Unauthorized', /OPENAI_API_KEY/],
    ['an unknown model', refused(404, 'No such model.'), 'Provider.NotFound', /"model"/],
    ['too much', refused(400, 'maximum context length is 8192'), 'Provider.BadRequest', /transcriptBytes/],
    [
      'an unknown field',
      { status: 422, body: { detail: [{ loc: ['body', 'parallel_tool_calls'] }] } },
      ...(['Provider.BadRequest', /omit: \['parallel_tool_calls'\]/] as const),
    ],
    [
      'an unknown argument',
      refused(400, 'Unrecognized request argument supplied: strict'),
      ...(['Provider.BadRequest', /omit: \['strict'\]/] as const),
    ],
    ['a proxy', { status: 502, type: 'text/html', body: '<h1>Bad gateway' }, 'Provider.Unavailable', /502/],
    [
      'an error with status 200',
      { body: { error: { code: 429, message: 'Slow down.' } } },
      ...(['Provider.RateLimited', /Slow down/] as const),
    ],
  ])('%s', async (_, answer, type, words) => {
    const failure = await failureOf(answer);
    expect(failure).toMatchObject({ type, nonRetryable: FAILURES[type] === 'terminal' });
    expect(failure.message).toMatch(words);
  });

  test('a request that takes too long is Provider.Unreachable', async () => {
    const hasty = createChatProvider({ apiKey: 'k', baseURL, requestLimitMs: 50 });
    canned.push({ body: {}, delayMs: 60_000 });
    await expect(hasty.createRun(request)).rejects.toMatchObject({ type: 'Provider.Unreachable' });
  });

  test('a request nobody waits for any more ends with the reason for that', async () => {
    const stop = new AbortController();
    canned.push({ body: {}, delayMs: 60_000 });
    const asked = provider.createRun({ ...request, signal: stop.signal });
    const reason = new Error('The turn was cancelled.');
    setTimeout(() => stop.abort(reason), 20);
    await expect(asked).rejects.toBe(reason);
  });
});

test('an answer that was filtered is incomplete, with the reason', async () => {
  canned.push({ body: says({ content: 'No.' }, 'content_filter') });
  const incomplete = { state: 'incomplete', reason: 'content_filter' };
  expect(await provider.createRun(request)).toMatchObject(incomplete);
});

test('a transcript that cannot be made small enough is not sent', async () => {
  const ids = Array.from({ length: 200 }, (_, index) => `call_${index}`);
  const transcript = [user('Go.'), ...ids.flatMap((id) => [called(id), told(id)])];
  const narrow = { ...assistant, chat: { transcriptBytes: 16_000 } };
  const run = { threadId: 'chat_1', runId: 'r' };
  const about = { run, key: 'k', assistant: narrow, metadata: {} };
  const seen = await provider.submitOutputs({ ...about, outputs: [], transcript });
  expect(seen).toMatchObject({
    state: 'incomplete',
    reason: expect.stringContaining('at most 16,000') as string,
  });
  expect(requests).toEqual([]);
});

test('what is handed on when a turn is over fits beside approvals and reply', async () => {
  const transcript: TranscriptEntry[] = Array.from({ length: 30 }, (_, index) => [
    { role: 'user' as const, text: `${index} ${'x'.repeat(9_000)}` },
    { role: 'assistant' as const, text: 'Noted.' },
  ]).flat();
  canned.push({ body: says({ content: 'y'.repeat(600_000) }) });
  const seen = await provider.createRun({ ...request, transcript });
  expect(jsonBytes(seen.transcript)).toBeLessThanOrEqual(150_000);
  expect(seen.state === 'completed' && seen.reply).toMatch(/y\n\[The reply ends here because it is too long/);
});

const BYTES = 'use a whole number of bytes from 16,000 to 300,000.';
test.each([
  [{ omit: ['store'] }, 'chat.omit names "store": it may name strict and parallel_tool_calls.'],
  [{ transcriptBytes: 100 }, `chat.transcriptBytes is 100: ${BYTES}`],
  [{ transcriptBytes: 20_000.5 }, `chat.transcriptBytes is 20000.5: ${BYTES}`],
  [{ omit: ['strict'], transcriptBytes: 16_000 }, null],
])('options %j', (options, problem) => {
  expect(chatOptionsProblem(options as ChatOptions)).toBe(problem);
});
