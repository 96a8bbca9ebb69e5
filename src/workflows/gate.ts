import { ActivityFailure, ApplicationFailure, condition, isCancellation } from '@temporalio/workflow';

import type { TurnFacts } from '../activities/runs.ts';
import type {
  Approval,
  CallToRun,
  Decision,
  Receipt,
  ReviewedCall,
  ReviewedEdit,
} from '../contracts/approval.ts';
import { APPROVALS_BYTES, ASKED_BYTES } from '../contracts/limits.ts';
import type { RanCall, ToolOutput } from '../contracts/run.ts';
import { inDigits, jsonBytes } from '../contracts/size.ts';
import { createAlarm } from './alarm.ts';
import { askAlso } from './ask-also.ts';
import { applyDecision, cancel, endsAtMs, expire, park } from './ledger.ts';
import { isAsked, signOff, toApproval, type AskedCall, type Call } from './question.ts';
import { executeTool, reviewEdit } from './steps.ts';
import {
  editNotice,
  fitting,
  mayHaveHappened,
  notes,
  outcomeUnknown,
  refusal,
  TIMED_OUT,
  TURN_OVER,
  type Told,
} from './told.ts';

/**
 * The gate holds the calls of one `requires_action` until each is settled, every one by itself:
 *
 *   refused ──▶ its refusal is the output
 *   allowed ──▶ runs at once
 *   asked   ──▶ pending ──approve, edit──▶ runs
 *                       ──deny───────────▶ "Decision: denied.", with the person's notes
 *                       ──respond────────▶ the person's text is the output
 *                       ──time is up─────▶ "Timed out. Do not proceed."; or the whole run is to be cancelled
 *                       ──parked─────────▶ "Not done yet"; what becomes of it later is told apart
 *
 * What it hands back is complete: one output for each call, to be submitted together.
 */
export interface Gate {
  settle(round: Round): Promise<Settled>;
  decide(decision: Decision): Promise<Receipt>;
  /**
   * Of the latest round, once `settle` is over: what is known of each call, also when `settle` failed, so that nobody takes for
   * undone what was done.
   */
  outputs(): ToolOutput[];
  /** What the provider has run by itself of what was approved. */
  ran(calls: readonly RanCall[]): void;
  /** Parks every question that is open, as if the run could wait no longer. */
  parkAll(): void;
  /** Resolves when nothing that was parked is open any more. */
  parkedSettled(): Promise<void>;
  /** The turn is over: whoever answers now is told so. */
  close(): void;
  readonly approvals: Approval[];
}

export interface Round {
  facts: TurnFacts & { assistant: string };
  calls: ReviewedCall[];
  /** When the run must get its outputs, on Temporal's clock; null when the protocol has no such deadline. */
  runDeadlineMs: number | null;
}

export type Settled = { kind: 'outputs'; outputs: ToolOutput[] } | { kind: 'cancel_run'; approval: Approval };

function sizeOf(approvals: readonly Approval[]): number {
  return approvals.reduce((sum, approval) => sum + bytesOf(approval), 0);
}

/** An approval that changes is another object, so each is measured once. */
const measured = new WeakMap<Approval, number>();

function bytesOf(approval: Approval): number {
  const known = measured.get(approval) ?? jsonBytes(approval);
  measured.set(approval, known);
  return known;
}

/** A question that outlived its run, answered or over; `output` is what the model would have got. */
export interface Late {
  approval: Approval;
  output: string;
}

export function createGate(deps: { changed: () => void; settledLate: (late: Late) => Promise<void> }): Gate {
  const { changed } = deps;
  const approvals: Approval[] = [];
  const parked: Promise<void>[] = [];
  let isParkingAll = false;
  const alarm = createAlarm();
  let facts: Round['facts'] | undefined;
  let outputsOfRound: ToolOutput[] = [];
  /** Calls whose tool has been started. */
  const begun = new Set<string>();

  async function settle(round: Round): Promise<Settled> {
    facts = round.facts;
    outputsOfRound = [];
    isParkingAll = false;
    const calls = round.calls.map((call) => (isAsked(call) ? open(call, round) : call));
    changed();
    // A call that fails the turn does not leave the others in the air: all come to an end before it is told.
    const results = await Promise.allSettled(calls.map((call) => settleCall(call, round.facts)));
    outputsOfRound = results.map((result, index) =>
      result.status === 'fulfilled' ? result.value : unsettled(calls[index], result.reason),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    const overdue = round.calls.flatMap((call) =>
      call.kind === 'ready' ? (find(call.approvalId) ?? []) : [],
    );
    const fatal = overdue.find(
      ({ status, onRunDeadline }) => status === 'expired' && onRunDeadline === 'cancel',
    );
    if (fatal) return { kind: 'cancel_run', approval: fatal };
    return { kind: 'outputs', outputs: fitting(outputsOfRound) };
  }

  /** What is known of a call that ends the turn, or that the turn's end has overtaken. */
  function unsettled(call: ReviewedCall | undefined, reason: unknown): ToolOutput {
    const toolCallId = call?.toolCallId ?? '';
    const cause = reason instanceof ActivityFailure ? reason.cause : undefined;
    if (call?.kind !== 'ready' || !begun.has(call.approvalId)) return { toolCallId, ...refusal(TURN_OVER) };
    if (cause instanceof ApplicationFailure) return { toolCallId, ...refusal(`It failed: ${cause.message}`) };
    return { toolCallId, output: outcomeUnknown(call) };
  }

  /** Asks, unless the memo of the turn could not hold one more question of this size. */
  function open(call: AskedCall, round: Round): ReviewedCall {
    const approval = toApproval(call, round, Date.now());
    const bytes = bytesOf(approval);
    if (sizeOf(approvals) + bytes > ASKED_BYTES) {
      const { toolCallId, tool, runsAt } = call;
      const sizes = `it would take ${inDigits(bytes)} bytes, those of this turn have ${inDigits(sizeOf(approvals))}`;
      const output = `Not executed: no further approval can be asked for in this turn: ${sizes}, at most ${inDigits(ASKED_BYTES)} are possible. Nothing was done. Tell the user to ask for it in a new message.`;
      return { kind: 'refused', toolCallId, tool, output, ...(runsAt && { runsAt }) };
    }
    approvals.push(approval);
    return call;
  }

  async function settleCall(call: ReviewedCall, turn: Round['facts']): Promise<ToolOutput> {
    const { toolCallId, runsAt } = call;
    return { toolCallId, ...(await tell(call, turn)), ...(runsAt && { runsAt }) };
  }

  async function tell(call: ReviewedCall, turn: Round['facts']): Promise<Told> {
    if (call.kind === 'refused') return refusal(call.output);
    return call.verdict.kind === 'allow' ? run(call, turn) : hold(call, turn);
  }

  async function hold(call: Call, turn: Round['facts']): Promise<Told> {
    const { approvalId } = call;
    const { onRunDeadline, runDeadline } = get(approvalId);
    if (call.verdict.kind === 'ask') askAlso(get(approvalId), call.verdict.askAlso);
    const parkAtMs = onRunDeadline === 'park' && runDeadline !== null ? Date.parse(runDeadline) : Infinity;
    alarm(parkAtMs);
    // What the provider would run cannot be approved later: its question is answered with the submit, or not at all.
    const mayPark = call.runsAt === undefined;
    await untilDecided(approvalId, () => mayPark && (isParkingAll || Date.now() >= parkAtMs));
    if (get(approvalId).status === 'pending') {
      replace(park(get(approvalId), Date.now()));
      const late = settleLate(call, turn);
      parked.push(late);
      // Looked at in parkedSettled; a turn that is cancelled before that must not trip over it.
      late.catch(() => undefined);
      const until = get(approvalId).deadline;
      const deadline = until === null ? '' : ` until ${until}`;
      return refusal(
        `Not done: the action awaits approval ${approvalId}${deadline}. Do not repeat it; tell the user that it is pending. You will be told what was decided.`,
      );
    }
    return conclude(call, turn);
  }

  /** Waits for the decision, at most until it is too late for one; `isEnough` ends the waiting without an answer. */
  async function untilDecided(approvalId: string, isEnough: () => boolean = () => false): Promise<void> {
    const endMs = endsAtMs(get(approvalId));
    alarm(endMs);
    await condition(() => get(approvalId).status !== 'pending' || Date.now() >= endMs || isEnough());
    if (Date.now() >= endMs) replace(expire(get(approvalId), Date.now()));
  }

  async function settleLate(call: Call, turn: Round['facts']): Promise<void> {
    await untilDecided(call.approvalId);
    // The turn has been told to end: nobody is told anything any more.
    if (get(call.approvalId).status === 'cancelled') return;
    // The reply has been given: nothing that goes wrong now fails the turn, the model is told instead.
    const { output } = await conclude({ ...call, onError: 'report' }, turn);
    await deps.settledLate({ approval: get(call.approvalId), output });
  }

  /** What a settled approval means for its call: the output the model gets. */
  async function conclude(call: Call, turn: Round['facts']): Promise<Told> {
    const { status, decision, arguments: args, argumentsDigest } = get(call.approvalId);
    switch (status) {
      case 'approved':
        return run({ ...call, arguments: args, argumentsDigest }, turn);
      case 'denied':
        return refusal(`Decision: denied.${notes(decision?.note)}`);
      case 'answered':
        return { output: decision?.response ?? '' };
      case 'expired':
        return refusal(TIMED_OUT);
      case 'cancelled':
      case 'pending':
        return refusal(TURN_OVER);
      default:
        return status satisfies never;
    }
  }

  async function run(call: CallToRun, turn: Round['facts']): Promise<Told> {
    const approval = find(call.approvalId);
    if (call.runsAt === 'provider') {
      note(call.approvalId, 'executing');
      return { output: 'Approved.' };
    }
    begun.add(call.approvalId);
    try {
      const { outcome, output } = await executeTool({
        ...turn,
        call,
        ...(approval?.decision && { approval: signOff(approval, approval.decision) }),
      });
      if (outcome === 'unknown') return unknownOutcome(call);
      note(call.approvalId, outcome);
      const told = approval?.decision?.decision === 'edit' ? `${output}\n${editNotice(call)}` : output;
      return outcome === 'failed' ? refusal(told) : { output: told };
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) {
        note(call.approvalId, 'unknown');
        throw error;
      }
      if (error.cause instanceof ApplicationFailure) {
        note(call.approvalId, 'failed');
        if (approval?.parkedAt !== undefined) return refusal(`It failed: ${error.cause.message}`);
        failAll(error);
      }
      // No attempt told us how it ended: the worker died, or the tool overran its time.
      return unknownOutcome(call);
    }
  }

  function unknownOutcome(call: CallToRun): Told {
    note(call.approvalId, 'unknown');
    if (call.onError === 'fail') {
      const problem = `${mayHaveHappened(call)} Find out by hand.`;
      return failAll(ApplicationFailure.nonRetryable(problem, 'Tool.OutcomeUnknown'));
    }
    return { output: outcomeUnknown(call) };
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
    const isPending = asked.status === 'pending';
    if (isPending && asked.runsAt === 'provider' && !['approve', 'deny'].includes(decision.decision)) {
      const { status, argumentsDigest } = asked;
      const message = `cannot be "${decision.decision}": the provider runs this tool itself, exactly as shown. Use "approve" or "deny".`;
      const problems = [{ field: 'decision', message }];
      const shown = { status, argumentsDigest, reason: 'not_possible' as const, problems };
      return { outcome: 'refused', approvalId, decisionId, ...shown };
    }
    const isOpenEdit = decision.decision === 'edit' && isPending;
    const edit = isOpenEdit ? await review(facts, asked, decision) : undefined;
    // While the edit was under review somebody else may have decided: the ledger sees the approval as it is now.
    const before = get(approvalId);
    const { approval, receipt } = applyDecision(before, decision, edit, Date.now());
    const bytes = sizeOf(approvals) - bytesOf(before) + bytesOf(approval);
    if (bytes > APPROVALS_BYTES && receipt.outcome === 'applied') {
      const message = `would make the approvals of this turn ${inDigits(bytes)} bytes large, at most ${inDigits(APPROVALS_BYTES)} are possible`;
      const problems = [{ field: '', message }];
      const { status, argumentsDigest } = before;
      return {
        outcome: 'refused',
        approvalId,
        decisionId,
        status,
        argumentsDigest,
        reason: 'too_large',
        problems,
      };
    }
    replace(approval);
    return receipt;
  }

  async function review(turn: Round['facts'], { tool }: Approval, decision: Decision): Promise<ReviewedEdit> {
    try {
      return await reviewEdit({ ...turn, tool, arguments: decision.arguments ?? {} });
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      // What cannot be reviewed cannot be approved; the question stays open.
      const message = `cannot be reviewed: ${error.cause?.message ?? error.message}`;
      return { kind: 'refused', reason: 'forbidden', problems: [{ field: 'arguments', message }] };
    }
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
  function note(approvalId: string, outcome: NonNullable<Approval['outcome']>): void {
    const index = approvals.findIndex((approval) => approval.approvalId === approvalId);
    if (index < 0) return;
    approvals[index] = { ...get(approvalId), outcome };
    if (outcome !== 'executed') changed();
  }

  return {
    settle,
    outputs: () => outputsOfRound,
    decide,
    close,
    approvals,
    ran: (calls) => {
      for (const { toolCallId, hasFailed } of calls) {
        const approval = approvals.find((asked) => asked.runsAt && asked.toolCallId === toolCallId);
        if (approval) note(approval.approvalId, hasFailed ? 'failed' : 'executed');
      }
    },
    parkAll: () => {
      isParkingAll = true;
    },
    parkedSettled: async () => {
      const results = await Promise.allSettled(parked);
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    },
  };
}
