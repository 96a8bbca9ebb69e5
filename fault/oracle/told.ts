import type { Approval } from '../../src/contracts/approval/approval.ts';
import { FINAL_TURN_STATUSES } from '../../src/contracts/turn.ts';
import type { Records } from '../records.ts';
import { isAccepted } from './provider.ts';
import { viewsOf, type Complain } from './violations.ts';

/** What a tool of the campaign says when it has had its effect (app.ts); nothing else says it. */
const CONFIRMED = /\bdone, number \d+/;

/** What the model was told of its calls is what became of them. */
export function judgeTold(records: Records, complain: Complain): void {
  const outputs = toldOutputs(records);
  const news = Object.values(records.provider.messages).flat();
  for (const view of viewsOf(records)) {
    for (const approval of view.approvals) {
      // Of one that was asked again the model hears nothing: only of what became of the next one.
      if (view.approvals.some(({ askedBefore }) => askedBefore?.approvalId === approval.approvalId)) continue;
      const told = outputs.get(approval.toolCallId) ?? [];
      // What nobody knows may have been done, and the model told of it, before the worker that knew died.
      const mayBeDone = approval.outcome === 'unknown' && hasEffect(records, approval);
      for (const output of mayBeDone ? [] : told) judgeOutput(approval, output, complain);
      for (const message of news) {
        if (message.includes(`awaited approval ${approval.approvalId}:`)) {
          judgeWords(approval, message, complain);
        }
      }
      const isCompleted = view.status === 'completed';
      if (isCompleted && told.length === 0 && !isCarried(records.provider, approval.turnId)) {
        complain('submit.missing', approval.approvalId, `No accepted request has ${approval.toolCallId}.`);
      }
    }
  }
}

/** A run is over when its turn is: nothing waits at the provider for outputs that nobody will send. */
export function judgeRunsLeft({ provider, views }: Records, complain: Complain): void {
  for (const { id, status, metadata } of provider.runs) {
    const view = views[metadata.countersign_turn ?? ''];
    if (view === undefined || view === null || !FINAL_TURN_STATUSES.has(view.status)) continue;
    if (['queued', 'in_progress', 'requires_action'].includes(status)) {
      complain('run.left', id, `It is ${status}; ${view.turnId} is ${view.status}.`);
    }
  }
}

/** Outputs of accepted submits, by the call they are for. */
function toldOutputs({ provider }: Records): Map<string, string[]> {
  const outputs = new Map<string, string[]>();
  for (const request of provider.requests) {
    // Of one that is under way for good nobody knows: the simulator was killed in it.
    if (request.operation !== 'runs.submit' || !(isAccepted(request) || request.status === null)) continue;
    const { body } = request;
    const { tool_outputs = [] } = (body ?? {}) as {
      tool_outputs?: { tool_call_id: string; output: string }[];
    };
    for (const { tool_call_id, output } of tool_outputs) {
      outputs.set(tool_call_id, [...(outputs.get(tool_call_id) ?? []), output]);
    }
  }
  return outputs;
}

function hasEffect({ effects }: Records, { approvalId }: Approval): boolean {
  return effects.some(({ key }) => key === approvalId);
}

/** The run was over before the outputs came, and another one of the same turn took them. */
export function isCarried({ runs }: Records['provider'], turnId: string): boolean {
  return runs.filter(({ metadata }) => metadata.countersign_turn === turnId).length > 1;
}

/** A parked call's own output says only that it waits; what became of it is told by the news. */
function judgeOutput(approval: Approval, output: string, complain: Complain): void {
  if (approval.parkedAt === undefined) judgeWords(approval, output, complain);
  else if (CONFIRMED.test(output)) {
    complain('told.wrong', approval.approvalId, 'It is parked, and its output says that it was done.');
  }
}

function judgeWords({ approvalId, status, outcome }: Approval, words: string, complain: Complain): void {
  const isDone = status === 'approved' && outcome === 'executed';
  if (CONFIRMED.test(words) === isDone) return;
  complain(
    'told.wrong',
    approvalId,
    `It is ${status} (${outcome ?? 'no outcome'}), told: ${words.slice(0, 80)}`,
  );
}
