import type { Annotation } from '../files/wire.ts';
import { pieces } from '../http/event-stream.ts';
import type { Message, MessageContent, Run, RunStep } from './wire.ts';

/** One event of a run's stream: its name and its data. */
export interface RunEvent {
  event: string;
  data: object;
}

type StepToolCall = Extract<RunStep['step_details'], { type: 'tool_calls' }>['tool_calls'][number];

/** What a step says as it begins, its calls included: a model hands them out piece by piece. */
export function stepBegins(step: RunStep, expiresAt: number | null): RunEvent[] {
  const { step_details: details } = step;
  const open: RunStep = {
    ...step,
    status: 'in_progress',
    ...{ completed_at: null, cancelled_at: null, failed_at: null, last_error: null, usage: null },
    expires_at: expiresAt,
    step_details: details.type === 'tool_calls' ? { type: 'tool_calls', tool_calls: [] } : details,
  };
  const begun = ['created', 'in_progress'].map((name) => ({ event: `thread.run.step.${name}`, data: open }));
  if (details.type === 'message_creation') return begun;
  const deltas = details.tool_calls.flatMap(callDeltas).map((call) => ({
    event: 'thread.run.step.delta',
    data: {
      id: step.id,
      object: 'thread.run.step.delta',
      delta: { step_details: { type: 'tool_calls', tool_calls: [call] } },
    },
  }));
  return [...begun, ...deltas];
}

/** A step that is over still shows when it would have expired, unlike in lists [recorded]. */
export function stepEnds(step: RunStep, expiresAt: number | null): RunEvent {
  return { event: `thread.run.step.${step.status}`, data: { ...step, expires_at: expiresAt } };
}

function callDeltas(call: StepToolCall, index: number): object[] {
  const { id, type } = call;
  switch (type) {
    case 'function': {
      const { name, arguments: args } = call.function;
      return [
        { index, id, type, function: { name, arguments: '', output: null } },
        ...pieces(args).map((text) => ({ index, type, function: { arguments: text } })),
      ];
    }
    case 'code_interpreter': {
      const { input, outputs } = call.code_interpreter;
      return [
        { index, id, type, code_interpreter: { input: '', outputs: [] } },
        ...pieces(input).map((text) => ({ index, type, code_interpreter: { input: text } })),
        ...outputs.map((output, at) => ({
          ...{ index, type },
          code_interpreter: { outputs: [{ index: at, ...output }] },
        })),
      ];
    }
    case 'file_search':
      return [{ index, id, type, file_search: { ...call.file_search, results: [] } }];
    default:
      return type satisfies never;
  }
}

/** A message as streams show it: with the four fields that it lacks elsewhere [recorded]. */
function inStream(message: Message, more: object): object {
  const { id, object, created_at, assistant_id, thread_id, run_id, ...rest } = message;
  return {
    ...{ id, object, created_at, assistant_id, thread_id, run_id },
    ...{ status: 'in_progress', incomplete_details: null, incomplete_at: null, completed_at: null },
    ...rest,
    ...more,
  };
}

export function messageBegins(message: Message): RunEvent[] {
  const data = inStream(message, { content: [] });
  return ['created', 'in_progress'].map((name) => ({ event: `thread.message.${name}`, data }));
}

/** The content, as a model hands it out; the first piece of a text says that it has no annotations so far [recorded]. */
export function messageDeltas({ id, content }: Message): RunEvent[] {
  return content.flatMap(contentDeltas).map((part) => ({
    event: 'thread.message.delta',
    data: { id, object: 'thread.message.delta', delta: { content: [part] } },
  }));
}

function contentDeltas(part: MessageContent, index: number): object[] {
  if (part.type !== 'text') return [{ index, ...part }];
  const { value, annotations } = part.text;
  return annotatedPieces(value, annotations).map(([text, more], at) => ({
    index,
    type: 'text',
    text: { value: text, ...((more.length > 0 || at === 0) && { annotations: more }) },
  }));
}

/** The pieces of a text. An annotation comes with its mark, which is a piece of its own; without one, at the end. */
function annotatedPieces(value: string, annotations: readonly Annotation[]): [string, object[]][] {
  const made: [string, object[]][] = [];
  const left: object[] = [];
  let from = 0;
  for (const [index, annotation] of annotations.entries()) {
    const at = value.indexOf(annotation.text, from);
    const shown = { index, ...withQuote(annotation) };
    if (at === -1) {
      left.push(shown);
      continue;
    }
    made.push(...plain(value.slice(from, at)), [annotation.text, [shown]]);
    from = at + annotation.text.length;
  }
  made.push(...plain(value.slice(from)));
  return left.length > 0 || made.length === 0 ? [...made, ['', left]] : made;
}

const plain = (text: string) => pieces(text).map((piece): [string, object[]] => [piece, []]);

/** A quote that the finished message lacks is empty here [recorded]. */
function withQuote(annotation: Annotation): object {
  if (annotation.type !== 'file_citation') return annotation;
  return { ...annotation, file_citation: { quote: '', ...annotation.file_citation } };
}

/** How the message ended: with its run, when that ended before it was said. */
export function messageEnds(message: Message, step: RunStep, run: Run): RunEvent {
  if (step.status === 'completed' && run.status !== 'incomplete') {
    const completed = { status: 'completed', completed_at: step.completed_at };
    return { event: 'thread.message.completed', data: inStream(message, completed) };
  }
  const incomplete_at = step.completed_at ?? step.cancelled_at ?? step.failed_at ?? run.expires_at;
  const data = inStream(message, {
    status: 'incomplete',
    incomplete_details: { reason: incompleteReason(run) },
    incomplete_at,
  });
  return { event: 'thread.message.incomplete', data };
}

/** The message says `max_tokens` where the run names which limit it was [recorded]. */
function incompleteReason({ status, incomplete_details: details }: Run): string {
  if (status !== 'incomplete') return `run_${status}`;
  return details?.reason === 'content_filter' ? 'content_filter' : 'max_tokens';
}
