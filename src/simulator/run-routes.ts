import { newMetadata, toMessage, toThread } from './bodies.ts';
import { cannotCancel, cannotUpdate, noOutputsNow, notFound, otherCallIds } from './http/errors.ts';
import { paginate } from './http/pagination.ts';
import { noQuery, onGet, onPost } from './http/router.ts';
import {
  createRun,
  createThreadAndRun,
  includeQuery,
  listQuery,
  modifyMetadata,
  nothing,
  submitToolOutputs,
} from './http/schemas.ts';
import type { Parts } from './parts.ts';
import { newRun } from './run-creation.ts';
import { cancel, submit } from './run-machine.ts';
import { isTerminal, waitingCalls, change } from './run-state.ts';
import { put } from './state/tables.ts';

export function addRunRoutes(parts: Parts): void {
  const { api, store, clock, runs } = parts;

  onPost(api, 'runs.create', createRun, ({ ids: { threadId }, body }) => {
    const { additional_messages, ...wanted } = body;
    runs.thread(threadId);
    runs.requireFree(threadId, 'run');
    const added = (additional_messages ?? []).map((sent) => toMessage(sent, threadId, clock.nowMs()));
    const before = store.all('messages').filter((message) => message.thread_id === threadId);
    const stored = newRun(parts, threadId, wanted, [...before, ...added]);
    // Messages and run are one effect: a refused run adds no message.
    store.write([...added.map((row) => put('messages', row)), put('runs', stored)]);
    return stored.run;
  });

  onPost(api, 'threads.createAndRun', createThreadAndRun, ({ body }) => {
    const { thread: sent, ...wanted } = body;
    const thread = toThread(sent ?? {}, clock.nowMs());
    const messages = (sent?.messages ?? []).map((it) => toMessage(it, thread.id, clock.nowMs()));
    const stored = newRun(parts, thread.id, wanted, messages);
    store.write([
      put('threads', thread),
      ...messages.map((row) => put('messages', row)),
      put('runs', stored),
    ]);
    return stored.run;
  });

  onGet(api, 'runs.list', listQuery, ({ ids: { threadId }, query }) => {
    runs.thread(threadId);
    return paginate(
      runs.ofThread(threadId).map(({ run }) => run),
      query,
    );
  });

  onGet(api, 'runs.retrieve', noQuery, ({ ids }) => runs.run(ids.threadId, ids.runId).stored.run);

  onPost(api, 'runs.modify', modifyMetadata, ({ ids, body }) => {
    const before = runs.run(ids.threadId, ids.runId);
    const { run } = before.stored;
    if (['queued', 'in_progress', 'cancelling'].includes(run.status)) throw cannotUpdate(run.status);
    return runs.save(before, change(before, { metadata: newMetadata(body.metadata, run.metadata) }, {})).run;
  });

  onPost(api, 'runs.cancel', nothing, ({ ids }) => {
    const before = runs.run(ids.threadId, ids.runId);
    const { status } = before.stored.run;
    if (isTerminal(before.stored) || status === 'cancelling') throw cannotCancel(status);
    return runs.save(before, cancel(before, clock.nowMs())).run;
  });

  onPost(api, 'runs.submit', submitToolOutputs, ({ ids, body }) => {
    const before = runs.run(ids.threadId, ids.runId);
    const { status } = before.stored.run;
    // The status is looked at before the ids [recorded].
    if (status !== 'requires_action') throw noOutputsNow(status);
    const expected = waitingCalls(before.stored).map(({ id }) => id);
    const got = body.tool_outputs.map(({ tool_call_id }) => tool_call_id);
    const isSame = got.length === expected.length && expected.every((id) => got.includes(id));
    if (!isSame) throw otherCallIds(expected, got);
    const outputs = new Map(body.tool_outputs.map(({ tool_call_id, output }) => [tool_call_id, output]));
    return runs.save(before, submit(before, outputs, clock.nowMs())).run;
  });
}

/** Steps are made by the run machine; here they are only shown. */
export function addStepRoutes({ api, runs }: Parts): void {
  onGet(api, 'steps.list', listQuery, ({ ids, query }) =>
    paginate(runs.run(ids.threadId, ids.runId).steps, query),
  );

  onGet(api, 'steps.retrieve', includeQuery, ({ ids }) => {
    const step = runs.run(ids.threadId, ids.runId).steps.find(({ id }) => id === ids.stepId);
    if (step === undefined) throw notFound('run step', ids.stepId);
    return step;
  });
}
