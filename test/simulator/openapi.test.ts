import { readFileSync } from 'node:fs';

import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { createBench, type BenchRun, type Body } from './bench.ts';

/** Fields the description requires and no recording of the service has. */
const NEVER_SENT: Record<string, string[]> = {
  MessageObject: ['status', 'incomplete_details', 'completed_at', 'incomplete_at'],
  RunStepObject: ['expired_at', 'metadata'],
};

interface Schema {
  required?: string[];
  properties: Record<string, { nullable?: boolean }>;
}
const spec = parse(readFileSync(new URL('../openapi/assistants.yaml', import.meta.url), 'utf8')) as {
  components: { schemas: Record<string, Schema> };
};
const schemaOf = (name: string): Schema => spec.components.schemas[name]!;
for (const [name, fields] of Object.entries(NEVER_SENT)) {
  const schema = schemaOf(name);
  schema.required = schema.required!.filter((field) => !fields.includes(field));
}
// An empty list says null there [recorded: basic-run-operations].
for (const name of [
  'ListAssistantsResponse',
  'ListMessagesResponse',
  'ListRunsResponse',
  'ListRunStepsResponse',
]) {
  for (const field of ['first_id', 'last_id']) schemaOf(name).properties[field]!.nullable = true;
}

// `discriminator` and unknown formats are OpenAPI's, not JSON Schema's.
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(withNull(spec) as object, 'spec');

/** `nullable: true` is from OpenAPI 3.0; a 3.1 validator ignores it and would refuse nearly every real run. */
function withNull(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withNull);
  if (typeof node !== 'object' || node === null) return node;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, withNull(value)]),
  );
  const isNullable =
    nullable === true || (Array.isArray(rest.allOf) && 'allOf' in node && hasNullable(node.allOf));
  return isNullable ? { anyOf: [rest, { type: 'null' }] } : rest;
}

function hasNullable(parts: unknown): boolean {
  return Array.isArray(parts) && parts.some((part: { nullable?: unknown }) => part.nullable === true);
}

function expectSchema(name: string, body: unknown): void {
  const validate = ajv.getSchema(`spec#/components/schemas/${name}`);
  if (validate === undefined) throw new Error(`The description has no ${name}.`);
  expect(validate(body), `${name}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body)}`).toBe(true);
}

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
