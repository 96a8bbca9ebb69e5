import { ActivityFailure, ApplicationFailure, condition, isCancellation } from '@temporalio/workflow';

import type { TurnFacts } from '../activities/runs.ts';
import type { Approval, CallToRun, Decision, Receipt, ReviewedCall } from '../contracts/approval.ts';
import type { ToolOutput } from '../contracts/run.ts';
import { createAlarm } from './alarm.ts';
import { applyDecision, cancel, endsAtMs, expire } from './ledger.ts';
import { executeTool, reviewEdit } from './steps.ts';

/**
 * The gate holds the calls of one `requires_action` until each is settled, every one by itself:
 *
 *   refused ──▶ its refusal is the output
 *   allowed ──▶ runs at once
 *   asked   ──▶ pending ──approve, edit──▶ runs
 *                       ──deny, respond──▶ the person's word is the output
 *                       ──time is up─────▶ "Timed out. Do not proceed."; or the whole run is to be cancelled
 *
 * What it hands back is complete: one output for each call, to be submitted together.
 */
export interface Gate {
  settle(round: Round): Promise<Settled>;
  decide(decision: Decision): Promise<Receipt>;
  /** The turn is over: whoever answers now is told so. */
  close(): void;
  readonly approvals: Approval[];
}

interface Round {
  facts: TurnFacts & { assistant: string };
  calls: ReviewedCall[];
  /** When the run must get its outputs, on Temporal's clock; null when the protocol has no such deadline. */
  runDeadlineMs: number | null;
}

type Settled = { kind: 'outputs'; outputs: ToolOutput[] } | { kind: 'cancel_run'; approval: Approval };

type Call = Extract<ReviewedCall, { kind: 'ready' }>;

const TIMED_OUT = 'Timed out. Do not proceed.';

export function createGate({ changed }: { changed: () => void }): Gate {
  const approvals: Approval[] = [];
  const alarm = createAlarm();
  let facts: Round['facts'] | undefined;

  async function settle(round: Round): Promise<Settled> {
    facts = round.facts;
    for (const call of round.calls)
      if (call.kind === 'ready' && call.verdict.kind === 'ask') open(call, round);
    changed();
    // A call that fails the turn does not leave the others in the air: all come to an end before it is told.
    const results = await Promise.allSettled(round.calls.map((call) => settleCall(call, round.facts)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    const overdue = round.calls.flatMap((call) =>
      call.kind === 'ready' ? (find(call.approvalId) ?? []) : [],
    );
    const fatal = overdue.find(
      ({ status, onRunDeadline }) => status === 'expired' && onRunDeadline === 'cancel',
    );
    if (fatal) return { kind: 'cancel_run', approval: fatal };
    const outputs = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    return { kind: 'outputs', outputs };
  }

  function open(call: Call, { facts: turn, runDeadlineMs }: Round): void {
    if (call.verdict.kind !== 'ask') return;
    const { withinMs, onRunDeadline, approvers, reason } = call.verdict;
    const nowMs = Date.now();
    const deadlineMs = withinMs === undefined ? runDeadlineMs : nowMs + withinMs;
    approvals.push({
      approvalId: call.approvalId,
      turnId: turn.turnId,
      conversationId: turn.conversationId,
      tenant: turn.context.tenant,
      assistant: turn.assistant,
      toolCallId: call.toolCallId,
      tool: call.tool,
      toolDescription: call.toolDescription,
      arguments: call.arguments,
      argumentsDigest: call.argumentsDigest,
      status: 'pending',
      requestedAt: toIso(nowMs),
      deadline: deadlineMs === null ? null : toIso(deadlineMs),
      runDeadline: runDeadlineMs === null ? null : toIso(runDeadlineMs),
      onRunDeadline,
      ...(reason === undefined ? {} : { reason }),
      ...(approvers === undefined ? {} : { approvers }),
      ...(turn.context.user === undefined ? {} : { requestedBy: turn.context.user }),
    });
  }

  async function settleCall(call: ReviewedCall, turn: Round['facts']): Promise<ToolOutput> {
    const { toolCallId } = call;
    if (call.kind === 'refused') return { toolCallId, output: call.output };
    if (call.verdict.kind === 'allow') return { toolCallId, output: await run(call, turn) };
    return { toolCallId, output: await hold(call, turn) };
  }

  async function hold(call: Call, turn: Round['facts']): Promise<string> {
    const { approvalId } = call;
    const endMs = endsAtMs(get(approvalId));
    alarm(endMs);
    await condition(() => get(approvalId).status !== 'pending' || Date.now() >= endMs);
    if (get(approvalId).status === 'pending') replace(expire(get(approvalId), Date.now()));
    const { status, decision, arguments: args, argumentsDigest } = get(approvalId);
    switch (status) {
      case 'approved':
        return run({ ...call, arguments: args, argumentsDigest }, turn);
      case 'denied':
        return `Denied by a person. The action was not carried out.${notes(decision?.note)}`;
      case 'answered':
        return decision?.response ?? '';
      case 'expired':
        return `${TIMED_OUT} Nobody approved the action in time; it was not carried out.`;
      case 'cancelled':
      case 'pending':
        return 'The turn is over. The action was not carried out.';
      default:
        return status satisfies never;
    }
  }

  async function run(call: CallToRun, turn: Round['facts']): Promise<string> {
    const approval = find(call.approvalId);
    const by = approval?.decision;
    try {
      const { outcome, output } = await executeTool({
        ...turn,
        call,
        ...(by && {
          approval: {
            approvalId: call.approvalId,
            approver: by.approver,
            ...(by.note === undefined ? {} : { note: by.note }),
          },
        }),
      });
      note(approval, outcome);
      return by?.decision === 'edit' ? `${output}\n${editNotice(call)}` : output;
    } catch (error) {
      if (isCancellation(error)) {
        note(approval, 'unknown');
        throw error;
      }
      if (!(error instanceof ActivityFailure)) throw error;
      if (error.cause instanceof ApplicationFailure) {
        note(approval, 'failed');
        failAll(error);
      }
      // No attempt told us how it ended: the worker died, or the tool overran its time.
      note(approval, 'unknown');
      const outcome = `The outcome of "${call.tool}" is unknown: it may or may not have been carried out.`;
      if (call.onError === 'fail') {
        return failAll(
          ApplicationFailure.nonRetryable(`${outcome} Find out by hand.`, 'Tool.OutcomeUnknown'),
        );
      }
      return `${outcome} Do not repeat it; tell the user that a person has to check.`;
    }
  }

  /** One call ends the turn: questions still open are closed, so that nobody signs off what can no longer happen. */
  function failAll(error: unknown): never {
    close();
    throw error;
  }

  async function decide(decision: Decision): Promise<Receipt> {
    const { approvalId, decisionId } = decision;
    const asked = find(approvalId);
    if (asked === undefined || facts === undefined) return { outcome: 'unknown', approvalId, decisionId };
    const isOpenEdit = decision.decision === 'edit' && asked.status === 'pending';
    const edit = isOpenEdit
      ? await reviewEdit({ ...facts, tool: asked.tool, arguments: decision.arguments ?? {} })
      : undefined;
    // While the edit was under review somebody else may have decided: the ledger sees the approval as it is now.
    const { approval, receipt } = applyDecision(get(approvalId), decision, edit, Date.now());
    replace(approval);
    return receipt;
  }

  function close(): void {
    for (const approval of approvals) replace(cancel(approval, Date.now()));
  }

  function find(approvalId: string): Approval | undefined {
    return approvals.find((approval) => approval.approvalId === approvalId);
  }

  function get(approvalId: string): Approval {
    const approval = find(approvalId);
    if (approval === undefined) throw new TypeError(`No approval ${approvalId} in this turn.`);
    return approval;
  }

  function replace(approval: Approval): void {
    const index = approvals.findIndex(({ approvalId }) => approvalId === approval.approvalId);
    if (index < 0 || approvals[index] === approval) return;
    approvals[index] = approval;
    changed();
  }

  /** What became of the action. Success is shown with the next change: it would cost an event of its own. */
  function note(approval: Approval | undefined, outcome: NonNullable<Approval['outcome']>): void {
    if (approval === undefined) return;
    const index = approvals.findIndex(({ approvalId }) => approvalId === approval.approvalId);
    approvals[index] = { ...get(approval.approvalId), outcome };
    if (outcome !== 'executed') changed();
  }

  return { settle, decide, close, approvals };
}

function editNotice(call: CallToRun): string {
  return `Note: a person changed the arguments before approving. What ran: ${JSON.stringify(call.arguments)}`;
}

function notes(note: string | undefined): string {
  return note === undefined || note === '' ? '' : ` Notes: ${note}`;
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
