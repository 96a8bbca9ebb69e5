import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Tracer,
} from '@opentelemetry/api';

import { finishReason } from './finish-reason.ts';
import type {
  Interaction,
  InteractionSink,
  ModelInteraction,
  ToolInteraction,
} from '../contracts/interaction-log/interaction.ts';
import { inputMessages, outputMessages } from './open-telemetry-messages.ts';

/** Protocols where the provider runs an agent; with the others each interaction is one inference. */
const AGENT_PROTOCOLS: ReadonlySet<string> = new Set(['assistants', 'agents']);

/**
 * Spans by OpenTelemetry's semantic conventions for generative AI (status "development", as of
 * semantic-conventions-genai on v1.41.1): `invoke_agent <assistant>`, `chat <model>` and `execute_tool <tool>`. It makes them with
 * `@opentelemetry/api` alone: the application brings an SDK, and without one they go nowhere. Every span is a root and bears
 * the turn's id: a turn may wait for days, and its steps run in whatever worker is there.
 *
 * @param tracer - where the spans are made. @default the tracer `countersign` of the registered provider
 */
export function openTelemetrySink({ tracer }: { tracer?: Tracer } = {}): InteractionSink {
  return {
    name: 'otel',
    write(interaction) {
      const { name, kind, attributes } = describe(interaction);
      const { startedAtMs, endedAtMs, error } = interaction;
      // Asked for each time: the application may register its provider after this was made.
      const span = (tracer ?? trace.getTracer('countersign')).startSpan(
        name,
        { kind, startTime: startedAtMs, attributes },
        ROOT_CONTEXT,
      );
      if (error !== undefined) {
        span.setAttribute('error.type', error.type);
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end(Math.max(startedAtMs, endedAtMs));
    },
  };
}

interface Described {
  name: string;
  kind: SpanKind;
  attributes: Attributes;
}

function describe(interaction: Interaction): Described {
  return interaction.kind === 'tool' ? describeTool(interaction) : describeModel(interaction);
}

function describeModel(interaction: ModelInteraction): Described {
  const { protocol, model, assistant, answer, runId, threadId, step } = interaction;
  const isAgent = AGENT_PROTOCOLS.has(protocol);
  const calls = answer?.calls.map(({ tool }) => tool) ?? [];
  const input = inputMessages(interaction);
  const output = outputMessages(interaction);
  return {
    name: isAgent ? `invoke_agent ${assistant}` : `chat ${model}`,
    kind: SpanKind.CLIENT,
    attributes: defined({
      ...common(interaction),
      'gen_ai.operation.name': isAgent ? 'invoke_agent' : 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': model,
      'gen_ai.response.id': isAgent ? undefined : runId,
      'gen_ai.response.finish_reasons': answer && [finishReason(answer)],
      'gen_ai.usage.input_tokens': answer?.usage?.promptTokens,
      'gen_ai.usage.output_tokens': answer?.usage?.completionTokens,
      'gen_ai.input.messages': input && JSON.stringify(input),
      'gen_ai.output.messages': output && JSON.stringify(output),
      'countersign.protocol': protocol,
      'countersign.step': step,
      'countersign.thread.id': threadId,
      'countersign.run.id': runId,
      'countersign.tool.names': calls.length > 0 ? calls : undefined,
    }),
  };
}

function describeTool(interaction: ToolInteraction): Described {
  const { tool, toolCallId, output } = interaction;
  return {
    name: `execute_tool ${tool}`,
    kind: SpanKind.INTERNAL,
    attributes: defined({
      ...common(interaction),
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': tool,
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.call.id': toolCallId,
      'gen_ai.tool.call.arguments': interaction.arguments.text,
      'gen_ai.tool.call.result': output?.text,
    }),
  };
}

function common({ assistant, session, tenant, turnId, user }: Interaction) {
  return {
    'gen_ai.agent.name': assistant,
    'gen_ai.conversation.id': session,
    'user.id': user,
    'countersign.tenant': tenant,
    'countersign.turn.id': turnId,
  };
}

function defined(attributes: Record<string, Attributes[string] | undefined>): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
