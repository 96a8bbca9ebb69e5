import { newMetadata } from '../metadata.ts';
import { toMessage, toThread } from './bodies.ts';
import { attach, resolveResources } from '../files/resources.ts';
import { cannotUpdate, otherCallIds } from '../http/errors.ts';
import { eventStream } from '../http/event-stream.ts';
import { paginate } from '../http/pagination.ts';
import { noQuery, onGet, onPost } from '../http/router.ts';
import { includeQuery, listQuery, modifyMetadata, nothing } from '../http/schemas.ts';
import { createRun, createThreadAndRun, submitToolOutputs, type SubmitToolOutputs } from './schemas.ts';
import type { Parts } from '../parts.ts';
import { newRun } from './run-creation.ts';
import { cancel, cancelAtOnce, reopen, submit } from './run-machine.ts';
import { isTerminal, waitingCalls, change, RUNS, type RunState, type StoredRun } from './run-state.ts';
import { streamRun } from './run-stream.ts';
import type { RunStep, Thread } from './wire.ts';
import { MESSAGES, STEPS, THREADS } from './tables.ts';

/** How often a stream looks what has become of its run. */
const POLL_MS = 10;

export function addRunRoutes(parts: Parts): void {
  const { api, store, clock, runs, rules } = parts;

  onPost(api, 'runs.create', createRun, ({ ids: { threadId }, body, query }) => {
    const { additional_messages, stream, ...wanted } = body;
    const before = runs.thread(threadId);
    runs.requireFree(threadId, 'run');
    const taken = rules.additionalMessages === 'taken' ? (additional_messages ?? []) : [];
    const added = taken.map((sent) => toMessage(sent, threadId, clock.nowMs(), rules.ids));
    const { thread, changes } = attach(parts, before, added);
    const earlier = store.all(MESSAGES).filter((message) => message.thread_id === threadId);
    const stored = newRun(parts, { thread, wanted, messages: [...earlier, ...added], pending: changes });
    // Messages and run are one effect: a refused run adds no message.
    store.write([...changes, ...added.map((row) => MESSAGES.put(row)), RUNS.put(stored)]);
    return stream === true ? streamed(stored, { isNew: true, include: query('include[]') }) : stored.run;
  });

  onPost(api, 'threads.createAndRun', createThreadAndRun, ({ body, query }) => {
    const { thread: sent, stream, ...wanted } = body;
    const own = resolveResources(parts, wanted.tool_resources);
    const given = resolveResources(parts, sent?.tool_resources);
    const made = toThread(sent ?? {}, given.resources, clock.nowMs(), rules.ids);
    const messages = (sent?.messages ?? []).map((it) => toMessage(it, made.id, clock.nowMs(), rules.ids));
    const { thread, changes } = attach(parts, made, messages);
    const pending = [...own.changes, ...given.changes, ...changes];
    const stored = newRun(parts, {
      ...{ thread, messages, pending },
      wanted: { ...wanted, tool_resources: own.resources },
    });
    store.write([
      THREADS.put(thread),
      ...pending,
      ...messages.map((row) => MESSAGES.put(row)),
      RUNS.put(stored),
    ]);
    const include = query('include[]');
    return stream === true ? streamed(stored, { isNew: true, thread, include }) : stored.run;
  });

  onGet(api, 'runs.list', listQuery, ({ ids: { threadId }, query }) => {
    runs.thread(threadId);
    return paginate(
      runs.ofThread(threadId).map(({ run }) => run),
      query,
      rules,
    );
  });

  onGet(api, 'runs.retrieve', noQuery, ({ ids }) => runs.retrieve(ids.threadId, ids.runId).stored.run);

  onPost(api, 'runs.modify', modifyMetadata, ({ ids, body }) => {
    const before = runs.run(ids.threadId, ids.runId);
    const { run } = before.stored;
    if (['queued', 'in_progress', 'cancelling'].includes(run.status)) throw cannotUpdate(run.status);
    return runs.save(before, change(before, { metadata: newMetadata(body.metadata, run.metadata) }, {})).run;
  });

  onPost(api, 'runs.cancel', nothing, ({ ids }) => {
    const before = runs.run(ids.threadId, ids.runId);
    return runs.save(before, cancelled(before)).run;
  });

  onPost(api, 'runs.submit', submitToolOutputs, ({ ids, body, query }) => {
    const before = runs.run(ids.threadId, ids.runId);
    const stored = runs.save(before, submitted(before, body.tool_outputs));
    const include = query('include[]');
    return body.stream === true ? streamed(stored, { isNew: false, include }) : stored.run;
  });

  function submitted(before: RunState, sent: SubmitToolOutputs['tool_outputs']): RunState {
    // The status is looked at before the ids [recorded].
    if (before.stored.run.status !== 'requires_action') return submittedLate(before);
    const expected = waitingCalls(before.stored).map(({ id }) => id);
    const got = sent.map(({ tool_call_id }) => tool_call_id);
    const isSame = got.length === expected.length && expected.every((id) => got.includes(id));
    if (!isSame) throw otherCallIds(expected, got);
    const outputs = new Map(sent.map(({ tool_call_id, output }) => [tool_call_id, output]));
    return submit(before, outputs, clock.nowMs());
  }

  /** The run as events, from what it is now. It goes on whether or not somebody listens. */
  function streamed(
    stored: StoredRun,
    asked: { isNew: boolean; thread?: Thread; include: string | undefined },
  ): Response {
    const begun: RunState = {
      stored,
      steps: store.all(STEPS).filter((step) => step.run_id === stored.id),
      messages: [],
    };
    const { isNew, thread, include } = asked;
    return eventStream(
      streamRun({
        ...{ begun, isNew },
        ...(thread !== undefined && { thread }),
        look: () => runs.find(stored.id),
        message: (id) => store.get(MESSAGES, id),
        show: (step) => withoutContent(step, include),
        pause: () => parts.pause(POLL_MS),
      }),
    );
  }

  function cancelled(state: RunState): RunState {
    const { run } = state.stored;
    const isOver = isTerminal(state.stored) || run.status === 'cancelling';
    if (isOver && rules.cancelEnded === 'answered') return state;
    const isRefused = isOver
      ? rules.cancelEnded === 'refused'
      : run.status === 'requires_action' && !rules.cancelWaiting;
    if (isRefused) throw rules.refusals.cannotCancel(run);
    return rules.cancelActive === 'at_once'
      ? cancelAtOnce(state, clock.nowMs())
      : cancel(state, clock.nowMs());
  }

  /** Outputs that no call waits for, or not any more. */
  function submittedLate(state: RunState): RunState {
    const { status } = state.stored.run;
    switch (rules.lateSubmit) {
      case 'refused':
        throw rules.refusals.noOutputsNow(status);
      case 'ignored':
        return state;
      case 'reopens':
        return status === 'completed' ? reopen(state, clock.nowMs(), rules) : state;
      default:
        return rules.lateSubmit satisfies never;
    }
  }
}

/** Steps are made by the run machine; here they are only shown. */
export function addStepRoutes({ api, runs, rules }: Parts): void {
  onGet(api, 'steps.list', listQuery, ({ ids, query }) => {
    const page = paginate(runs.run(ids.threadId, ids.runId).steps, query, rules);
    return { ...page, data: page.data.map((step) => withoutContent(step, query['include[]'])) };
  });

  onGet(api, 'steps.retrieve', includeQuery, ({ ids, query }) => {
    const step = runs.run(ids.threadId, ids.runId).steps.find(({ id }) => id === ids.stepId);
    if (step === undefined) throw rules.refusals.notFound('run step', ids.stepId);
    return withoutContent(step, query['include[]']);
  });
}

const SEARCH_CONTENT = 'step_details.tool_calls[*].file_search.results[*].content';

/** What file_search has found is shown to who asks for it [documented]. */
function withoutContent(step: RunStep, included: string | undefined): RunStep {
  const { step_details: details } = step;
  if (details.type !== 'tool_calls' || included === SEARCH_CONTENT) return step;
  const tool_calls = details.tool_calls.map((call) => {
    if (call.type !== 'file_search') return call;
    const results = call.file_search.results.map(({ content: _, ...result }) => result);
    return { ...call, file_search: { ...call.file_search, results } };
  });
  return { ...step, step_details: { ...details, tool_calls } };
}
