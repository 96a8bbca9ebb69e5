import { newMetadata } from '../metadata.ts';
import { toMessage, toThread } from './bodies.ts';
import { attach, resolveResources } from '../files/resources.ts';
import { cannotUpdate, otherCallIds } from '../http/errors.ts';
import { paginate } from '../http/pagination.ts';
import { noQuery, onGet, onPost } from '../http/router.ts';
import { includeQuery, listQuery, modifyMetadata, nothing } from '../http/schemas.ts';
import { createRun, createThreadAndRun, submitToolOutputs } from './schemas.ts';
import type { Parts } from '../parts.ts';
import { newRun } from './run-creation.ts';
import { cancel, cancelAtOnce, reopen, submit } from './run-machine.ts';
import { isTerminal, waitingCalls, change, type RunState, RUNS } from './run-state.ts';
import type { RunStep } from './wire.ts';
import { MESSAGES, THREADS } from './tables.ts';

export function addRunRoutes(parts: Parts): void {
  const { api, store, clock, runs, rules } = parts;

  onPost(api, 'runs.create', createRun, ({ ids: { threadId }, body }) => {
    const { additional_messages, ...wanted } = body;
    const before = runs.thread(threadId);
    runs.requireFree(threadId, 'run');
    const taken = rules.additionalMessages === 'taken' ? (additional_messages ?? []) : [];
    const added = taken.map((sent) => toMessage(sent, threadId, clock.nowMs(), rules.ids));
    const { thread, changes } = attach(parts, before, added);
    const earlier = store.all(MESSAGES).filter((message) => message.thread_id === threadId);
    const stored = newRun(parts, { thread, wanted, messages: [...earlier, ...added], pending: changes });
    // Messages and run are one effect: a refused run adds no message.
    store.write([...changes, ...added.map((row) => MESSAGES.put(row)), RUNS.put(stored)]);
    return stored.run;
  });

  onPost(api, 'threads.createAndRun', createThreadAndRun, ({ body }) => {
    const { thread: sent, ...wanted } = body;
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
    return stored.run;
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

  onPost(api, 'runs.submit', submitToolOutputs, ({ ids, body }) => {
    const before = runs.run(ids.threadId, ids.runId);
    const { status } = before.stored.run;
    // The status is looked at before the ids [recorded].
    if (status !== 'requires_action') return runs.save(before, submittedLate(before)).run;
    const expected = waitingCalls(before.stored).map(({ id }) => id);
    const got = body.tool_outputs.map(({ tool_call_id }) => tool_call_id);
    const isSame = got.length === expected.length && expected.every((id) => got.includes(id));
    if (!isSame) throw otherCallIds(expected, got);
    const outputs = new Map(body.tool_outputs.map(({ tool_call_id, output }) => [tool_call_id, output]));
    return runs.save(before, submit(before, outputs, clock.nowMs())).run;
  });

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
