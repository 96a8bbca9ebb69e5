import { toReplyContent } from '../files/annotations.ts';
import { isTerminal, type RunState } from './run-state.ts';
import {
  messageBegins,
  messageDeltas,
  messageEnds,
  stepBegins,
  stepEnds,
  type RunEvent,
} from './step-events.ts';
import type { Message, Run, RunStep, Thread } from './wire.ts';

/**
 * The stream of a run: what is new each time somebody looks, in the recorded order, whether one transition has happened meanwhile or
 * several. It ends with `done` once the run waits for outputs or is over; the answer to a streamed submit goes on from there.
 *
 *   created · queued · in_progress · { step created · in_progress · its deltas or its message's · completed } · requires_action | the end
 */
export interface Followed {
  begun: RunState;
  /** Of a thread that was made with its run. */
  thread?: Thread;
  /** Whether the run was created by this request, or went on. */
  isNew: boolean;
  /** The run as it is now; undefined once it was deleted. */
  look: () => RunState | undefined;
  /** A message that is there already. */
  message: (id: string) => Message | undefined;
  /** A step as the client asked to have it shown. */
  show: (step: RunStep) => RunStep;
  /** Lets time pass until it is worth looking again. */
  pause: () => Promise<void>;
}

/** The events as text. */
export async function* streamRun(followed: Followed): AsyncGenerator<string> {
  const { begun, thread, isNew } = followed;
  const seen: Seen = { isStarted: false, steps: new Map(), isCancelling: false };
  const opening: RunEvent[] = thread === undefined ? [] : [{ event: 'thread.created', data: thread }];
  if (isNew) opening.push(runEvent('created', begun.stored.run));
  else opening.push(...stepsEnded(begun, seen, followed));
  opening.push(runEvent('queued', begun.stored.run));
  yield* opening.map(toText);

  for (;;) {
    const state = followed.look();
    if (state === undefined) return;
    yield* news(state, seen, followed).map(toText);
    const { run } = state.stored;
    if (run.status === 'requires_action' || isTerminal(state.stored)) break;
    await followed.pause();
  }
  yield 'event: done\ndata: [DONE]\n\n';
}

/** What the stream has told by now. */
interface Seen {
  isStarted: boolean;
  steps: Map<string, 'open' | 'over'>;
  isCancelling: boolean;
}

function stepsEnded({ stored, steps }: RunState, seen: Seen, { show }: Followed): RunEvent[] {
  for (const step of steps) seen.steps.set(step.id, 'over');
  return steps.slice(-1).map((step) => stepEnds(show(step), stored.run.expires_at));
}

function news(state: RunState, seen: Seen, followed: Followed): RunEvent[] {
  const { run } = state.stored;
  const begun = followed.begun.stored.run;
  const events: RunEvent[] = [];
  const add = (...more: RunEvent[]) => events.push(...more);

  if (!seen.isStarted && hasStarted(state, seen, begun)) {
    seen.isStarted = true;
    add(runEvent('in_progress', underWay(run, begun)));
  }
  for (const step of state.steps) add(...stepNews(step, state, seen, followed));
  if (run.status === 'cancelling' && !seen.isCancelling) {
    seen.isCancelling = true;
    add(runEvent('cancelling', run));
  }
  if (run.status === 'requires_action') add(runEvent('requires_action', run));
  // An incomplete run ends by the event of a completed one [recorded].
  if (isTerminal(state.stored)) add(runEvent(run.status === 'incomplete' ? 'completed' : run.status, run));
  return events;
}

/** Whether the model has begun to think: a run may be cancelled, or expire, while it is queued. */
function hasStarted({ stored: { run }, steps }: RunState, seen: Seen, begun: Run): boolean {
  const isEnded = ['queued', 'cancelling', 'cancelled', 'expired'].includes(run.status);
  return !isEnded || run.started_at !== begun.started_at || steps.some(({ id }) => !seen.steps.has(id));
}

/** The run as it was when it had started, whatever has become of it since. */
function underWay(run: Run, begun: Run): Run {
  const status = isOpenRun(run) ? run.status : 'in_progress';
  const { required_action, usage, last_error, incomplete_details, expires_at } = begun;
  const { completed_at, failed_at, cancelled_at } = begun;
  return {
    ...run,
    ...{ status, required_action, usage, last_error, incomplete_details, expires_at },
    ...{ completed_at, failed_at, cancelled_at },
  };
}

function isOpenRun({ status }: Run): boolean {
  return ![
    ...['queued', 'cancelling', 'requires_action'],
    ...['completed', 'failed', 'cancelled', 'incomplete', 'expired'],
  ].includes(status);
}

function stepNews(step: RunStep, state: RunState, seen: Seen, followed: Followed): RunEvent[] {
  const { run } = state.stored;
  const expiresAt = followed.begun.stored.run.expires_at;
  const told = seen.steps.get(step.id);
  const isOver = step.status !== 'in_progress';
  if (told === 'over' || (told === 'open' && !isOver)) return [];
  seen.steps.set(step.id, isOver ? 'over' : 'open');

  const events = told === undefined ? stepBegins(followed.show(step), expiresAt) : [];
  const { step_details: details } = step;
  if (details.type === 'message_creation') {
    const message = messageOf(step, details.message_creation.message_id, state, followed);
    if (told === undefined) events.push(...messageBegins(message), ...messageDeltas(message));
    if (isOver) events.push(messageEnds(message, step, run));
  }
  if (isOver) events.push(stepEnds(followed.show(step), expiresAt));
  return events;
}

/** The message of a step, which is stored only once it is whole. One that was never finished has said nothing that lasts. */
function messageOf(step: RunStep, id: string, { stored }: RunState, followed: Followed): Message {
  const { writing } = stored;
  return {
    id,
    object: 'thread.message',
    created_at: step.created_at,
    assistant_id: step.assistant_id,
    thread_id: step.thread_id,
    run_id: step.run_id,
    role: 'assistant',
    content: followed.message(id)?.content ?? (writing === null ? [] : toReplyContent(writing.text, stored)),
    attachments: [],
    metadata: {},
  };
}

const runEvent = (name: string, run: Run): RunEvent => ({ event: `thread.run.${name}`, data: run });

const toText = ({ event, data }: RunEvent) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
