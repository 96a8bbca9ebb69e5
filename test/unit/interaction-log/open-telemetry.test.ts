import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { beforeEach, expect, test } from 'vitest';

import type { Interaction } from '../../../src/contracts/interaction-log/interaction.ts';
import { openTelemetrySink } from '../../../src/interaction-log/open-telemetry.ts';
import { answered, asking, executed, withoutWords } from '../../interaction-log/interactions.ts';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const sink = openTelemetrySink({ tracer: provider.getTracer('test') });

beforeEach(() => exporter.reset());

async function spanOf(interaction: Interaction) {
  await sink.write(interaction, new AbortController().signal);
  const [span] = exporter.getFinishedSpans();
  return span!;
}

test('a run is an agent that is invoked, from its request to its answer', async () => {
  const span = await spanOf(withoutWords(answered));
  expect(span.name).toBe('invoke_agent desk');
  expect(span.kind).toBe(SpanKind.CLIENT);
  expect(span.startTime).toEqual([1_700_000_060, 0]);
  expect(span.endTime).toEqual([1_700_000_061, 500_000_000]);
  expect(span.parentSpanContext).toBeUndefined();
  expect(span.status.code).toBe(SpanStatusCode.UNSET);
  expect(span.attributes).toEqual({
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.provider.name': 'openai',
    'gen_ai.agent.name': 'desk',
    'gen_ai.conversation.id': 'acme.c-1',
    'gen_ai.request.model': 'gpt-test',
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.usage.input_tokens': 40,
    'gen_ai.usage.output_tokens': 2,
    'user.id': 'acme.u-7',
    'countersign.tenant': 'acme',
    'countersign.turn.id': 't-1',
    'countersign.protocol': 'assistants',
    'countersign.step': 'outputs',
    'countersign.thread.id': 'thread_1',
    'countersign.run.id': 'run_1',
  });
});

test('an answer that asks for tools names them', async () => {
  const { attributes } = await spanOf(withoutWords(asking));
  expect(attributes).toMatchObject({
    'gen_ai.response.finish_reasons': ['tool_calls'],
    'countersign.tool.names': ['refund'],
  });
});

test.each(['chat', 'responses'] as const)(
  'with %s it is a chat with the model, and has its id',
  async (protocol) => {
    const span = await spanOf({ ...answered, protocol, runId: 'resp_1' });
    expect(span.name).toBe('chat gpt-test');
    expect(span.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.response.id': 'resp_1',
    });
  },
);

test('a tool is one that is executed', async () => {
  const span = await spanOf(withoutWords(executed));
  expect(span.name).toBe('execute_tool refund');
  expect(span.kind).toBe(SpanKind.INTERNAL);
  expect(span.attributes).toMatchObject({
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'refund',
    'gen_ai.tool.type': 'function',
    'gen_ai.tool.call.id': 'call_1',
  });
});

test('words stand where the conventions put them, and only when there are any', async () => {
  const { attributes } = await spanOf(answered);
  expect(JSON.parse(String(attributes['gen_ai.input.messages']))).toEqual([
    { role: 'user', parts: [{ type: 'text', content: 'Refund A-1, ok' }] },
    {
      role: 'assistant',
      parts: [{ type: 'tool_call', id: 'call_1', name: 'refund', arguments: { orderId: 'A-1' } }],
    },
    { role: 'tool', parts: [{ type: 'tool_call_response', id: 'call_1', response: 'refund is done.' }] },
  ]);
  expect(JSON.parse(String(attributes['gen_ai.output.messages']))).toEqual([
    { role: 'assistant', parts: [{ type: 'text', content: 'Done.' }], finish_reason: 'stop' },
  ]);

  exporter.reset();
  expect(JSON.stringify((await spanOf(withoutWords(executed))).attributes)).not.toContain('A-1');
});

test.each([
  ['a request that failed', { error: { type: 'Provider.RateLimited' } }, 'Provider.RateLimited'],
  ['a run that failed', { error: { type: 'server_error' } }, 'server_error'],
])('%s is an error with its type', async (_, over, type) => {
  const { answer: _none, ...unanswered } = answered;
  const { attributes, status } = await spanOf({ ...unanswered, ...over });
  expect(status).toEqual({ code: SpanStatusCode.ERROR });
  expect(attributes['error.type']).toBe(type);
});

test('without an SDK nothing happens', () => {
  expect(openTelemetrySink().write(answered, new AbortController().signal)).toBeUndefined();
});
