import { describe, expect, test } from 'vitest';

import { createBench, type BenchRun, type Body } from '../support/bench.ts';
import { openDescription } from '../support/description.ts';

/** Fields the description requires and no recording of the service has. */
const NEVER_SENT: Record<string, string[]> = {
  MessageObject: ['status', 'incomplete_details', 'completed_at', 'incomplete_at'],
  RunStepObject: ['expired_at', 'metadata'],
};

/** An empty list says null there [recorded: basic-run-operations]. */
const LISTS = ['ListAssistantsResponse', 'ListMessagesResponse', 'ListRunsResponse', 'ListRunStepsResponse'];
const expectSchema = openDescription('assistants', (schemas) => {
  for (const [name, fields] of Object.entries(NEVER_SENT)) {
    const schema = schemas[name]!;
    schema.required = schema.required!.filter((field) => !fields.includes(field));
  }
  for (const name of LISTS) {
    for (const field of ['first_id', 'last_id']) schemas[name]!.properties[field]!.nullable = true;
  }
});

const SCENARIO = {
  rules: [
    {
      when: ['fail'],
      end: { status: 'failed' as const, error: { code: 'server_error', message: 'Sorry.' } },
    },
    { when: ['stop'], end: { status: 'incomplete' as const, reason: 'max_completion_tokens' } },
    { when: ['call'], rounds: [{ calls: [{ tool: 'act', arguments: { a: 1 } }] }], reply: 'Done.' },
  ],
};
const TOOL = { type: 'function', function: { name: 'act' } };

describe("every answer fits OpenAI's own description", () => {
  test('runs in every status, and their steps', async () => {
    const bench = createBench({ scenario: SCENARIO });
    const assistantId = await bench.assistant({ tools: [TOOL], instructions: 'Act.' });
    const start = (message: string) => bench.run(message, { assistantId });
    const check = async (run: BenchRun, body: Body) => {
      expectSchema('RunObject', body);
      const steps = (await bench.send('GET', `${run.path}/steps`)).body;
      expectSchema('ListRunStepsResponse', steps);
      for (const step of steps.data) {
        expectSchema('RunStepObject', (await bench.send('GET', `${run.path}/steps/${step.id}`)).body);
      }
      return body.status;
    };

    const acting = await start('call');
    const seen = [await check(acting, acting.created)];
    for (const status of ['in_progress', 'requires_action'])
      seen.push(await check(acting, await acting.until(status)));
    seen.push(await check(acting, (await acting.submit({ act: 'ok' })).body));
    seen.push(await check(acting, await acting.until('completed')));

    const cancelled = await start('call');
    seen.push(await check(cancelled, (await bench.send('POST', `${cancelled.path}/cancel`)).body));
    seen.push(await check(cancelled, await cancelled.until('cancelled')));

    for (const [message, status] of [
      ['fail', 'failed'],
      ['stop', 'incomplete'],
    ] as const) {
      const run = await start(message);
      seen.push(await check(run, await run.until(status)));
    }
    const expiring = await start('call');
    await expiring.until('requires_action');
    bench.pass(600_000);
    seen.push(await check(expiring, await expiring.now()));

    expect(new Set(seen)).toEqual(
      new Set([
        ...['queued', 'in_progress', 'requires_action', 'completed'],
        ...['cancelling', 'cancelled', 'failed', 'incomplete', 'expired'],
      ]),
    );
    expectSchema('ListRunsResponse', (await bench.send('GET', `/v1/threads/${expiring.threadId}/runs`)).body);
  });

  test('assistants, threads, messages and errors', async () => {
    const bench = createBench();
    const assistantId = await bench.assistant({
      tools: [TOOL, { type: 'code_interpreter' }],
      metadata: { a: 'b' },
    });
    expectSchema('AssistantObject', (await bench.send('GET', `/v1/assistants/${assistantId}`)).body);
    expectSchema('ListAssistantsResponse', (await bench.send('GET', '/v1/assistants')).body);

    const run = await bench.run('Hello', { assistantId });
    await run.until('completed');
    const thread = `/v1/threads/${run.threadId}`;
    expectSchema('ThreadObject', (await bench.send('GET', thread)).body);
    const messages = (await bench.send('GET', `${thread}/messages`)).body;
    expectSchema('ListMessagesResponse', messages);
    expectSchema('MessageObject', (await bench.send('GET', `${thread}/messages/${messages.first_id}`)).body);

    expectSchema(
      'DeleteMessageResponse',
      (await bench.send('DELETE', `${thread}/messages/${messages.first_id}`)).body,
    );
    expectSchema('DeleteThreadResponse', (await bench.send('DELETE', thread)).body);
    expectSchema(
      'DeleteAssistantResponse',
      (await bench.send('DELETE', `/v1/assistants/${assistantId}`)).body,
    );
    expectSchema('ErrorResponse', (await bench.send('GET', thread)).body);
  });
});
