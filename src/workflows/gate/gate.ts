import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';

import type { Approval } from '../../contracts/approval/approval.ts';
import type { ReviewedCall } from '../../contracts/approval/review.ts';
import { ASKED_BYTES } from '../../contracts/limits.ts';
import type { ToolOutput } from '../../contracts/run.ts';
import type { Executed } from '../../contracts/steps.ts';
import { inDigits } from '../../contracts/size.ts';
import {
  fitting,
  notes,
  outcomeUnknown,
  refusal,
  TIMED_OUT,
  TURN_OVER,
  type Told,
} from '../../contracts/told.ts';
import { createAlarm } from '../alarm.ts';
import { askAlso } from './ask-also.ts';
import { bytesOf } from './approval-list.ts';
import { createApprovals, type Approvals } from './approvals.ts';
import { createCarryOut } from './carry-out.ts';
import type { Facts } from '../facts.ts';
import { allEnded } from '../faults.ts';
import { cancel, park } from '../ledger.ts';
import { createParked } from './parked.ts';
import { createProviderRuns, type ProviderRuns } from './provider-runs.ts';
import { askedAgain, heldOver, isAsked, toApproval, type AskedCall, type Call, unshown } from './question.ts';
import type { Carried, Late, Round, Settled } from './round.ts';
import { reviewEdit } from '../steps.ts';

/**
 * The gate holds the calls of one `requires_action` until each is settled on its own:
 *
 *   refused ──▶ its refusal is the output
 *   allowed ──▶ runs at once
 *   granted ──▶ runs at once, under an approval that names the grant
 *   asked   ──▶ pending ──approve, edit──▶ runs
 *                       ──deny───────────▶ "Decision: denied.", with the person's notes
 *                       ──respond────────▶ the person's text is the output
 *                       ──time is up─────▶ "Timed out. Do not proceed."; or the whole run is to be cancelled
 *                       ──parked─────────▶ "Not done yet"; a continuation reports the result
 *
 * It returns one output for each call, to be submitted together.
 */
export interface Gate
  extends Pick<Approvals, 'decide' | 'foresee' | 'leavesTrace'>, Pick<ProviderRuns, 'submits' | 'ran'> {
  settle(round: Round): Promise<Settled>;
  /**
   * What is known of each call of the latest round once `settle` is over. It is there even if `settle` failed, so that a completed
   * action is never taken for undone.
   */
  outputs(): ToolOutput[];
  /** Parks every open approval, as at the run's deadline. */
  parkAll(): void;
  /** Resolves when no parked approval is open any more. */
  parkedSettled(): Promise<void>;
  /** The turn is over: later decisions are told so, and nothing that was approved begins any more at the provider. */
  close(): void;
  readonly approvals: Approval[];
}

const APPROVED_ONCE = 'Not approved again: this call has been approved once in this turn.';

export function createGate(deps: {
  changed: () => void;
  settledLate: (late: Late) => Promise<void>;
  facts: Facts;
}): Gate {
  const { changed, facts: told } = deps;
  const alarm = createAlarm();
  const approvals = createApprovals({
    ...{ changed, alarm, facts: told },
    review: ({ tool }, proposed) => reviewEdit({ ...requireFacts(), tool, arguments: proposed }),
  });
  const providerRuns = createProviderRuns(approvals);
  const carryOut = createCarryOut({ approvals, facts: told, close });
  const parked = createParked({ approvals, carryOut, conclude, openAgain, settledLate: deps.settledLate });
  let isParkingAll = false;
  let facts: Round['facts'] | undefined;
  let outputsOfRound: ToolOutput[] = [];
  /** The answer to each call of the turn, from its start on. A repeated call gets the same answer and does not run again. */
  const begun = new Map<string, Promise<Carried>>();

  async function settle(round: Round): Promise<Settled> {
    facts = round.facts;
    outputsOfRound = [];
    isParkingAll = false;
    changed();
    // A call that fails the turn does not abandon the others: all finish before the failure is reported.
    const results = await allEnded(round.calls.map((call) => settleCall(call, round)));
    const settled = results.map((result, index): ToolOutput & Carried =>
      result.status === 'fulfilled' ? result.value : unsettled(round.calls[index], result.reason),
    );
    outputsOfRound = settled.map(({ submit: _submit, ...output }) => output);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    const overdue = round.calls.flatMap((call) =>
      call.kind === 'ready' ? (approvals.find(call.approvalId) ?? []) : [],
    );
    const fatal = overdue.find(
      ({ status, onRunDeadline }) => status === 'expired' && onRunDeadline === 'cancel',
    );
    if (fatal) return { kind: 'cancel_run', approval: fatal };
    const submit = settled[0]?.submit;
    return { kind: 'outputs', outputs: fitting(outputsOfRound), ...(submit && { submit }) };
  }

  /** What is known of a call that ends the turn, or that is unfinished at the turn's end. */
  function unsettled(call: ReviewedCall | undefined, reason: unknown): ToolOutput {
    const toolCallId = call?.toolCallId ?? '';
    const cause = reason instanceof ActivityFailure ? reason.cause : undefined;
    if (call?.kind !== 'ready' || !carryOut.hasBegun(call.approvalId))
      return { toolCallId, ...refusal(TURN_OVER) };
    if (cause instanceof ApplicationFailure) return { toolCallId, ...refusal(`It failed: ${cause.message}`) };
    return { toolCallId, output: outcomeUnknown(call) };
  }

  /** Asks for approval, unless the turn's memo has no room for an approval of this size. */
  function open(call: AskedCall, round: Round, heldOver: Partial<Approval> = {}): ReviewedCall {
    const approval = { ...toApproval(call, round, round.askedAtMs ?? Date.now()), ...heldOver };
    const owed = round.askedAtMs === undefined ? 'now' : 'owed';
    told.asked(approval, round.isOwed === true ? owed : 'written');
    const bytes = bytesOf(approval);
    if (approvals.bytes() + bytes > ASKED_BYTES) {
      const { toolCallId, tool, runsAt } = call;
      told.changed(approval, cancel(approval, Date.now()));
      const sizes = `it would take ${inDigits(bytes)} bytes, those of this turn have ${inDigits(approvals.bytes())}`;
      const output = `Not executed: no further approval can be asked for in this turn: ${sizes}, at most ${inDigits(ASKED_BYTES)} are allowed. Nothing was done. Tell the user to ask for it in a new message.`;
      return { kind: 'refused', toolCallId, tool, output, ...(runsAt && { runsAt }) };
    }
    approvals.add(approval);
    changed();
    return call;
  }

  async function settleCall(call: ReviewedCall, round: Round): Promise<ToolOutput & Carried> {
    const { toolCallId, runsAt } = call;
    return { toolCallId, ...(await tell(call, round)), ...(runsAt && { runsAt }) };
  }

  async function tell(reviewed: ReviewedCall, round: Round): Promise<Carried> {
    const before = reviewed.kind === 'ready' ? begun.get(reviewed.approvalId) : undefined;
    if (before) return reviewed.runsAt === undefined ? again(before) : refusal(APPROVED_ONCE);
    const call = isAsked(reviewed) ? open(reviewed, round) : reviewed;
    if (call.kind === 'refused') return refusal(call.output);
    const carried = call.verdict.kind === 'allow' ? runOfRound(call, round) : signedOff(call, round);
    // Before any wait: the same call may appear once more in this round.
    begun.set(call.approvalId, carried);
    return carried;
  }

  /** Whether it was submitted belongs to the round in which it started. */
  async function again(carried: Promise<Carried>): Promise<Told> {
    const { submit: _submit, ...told } = await carried;
    return told;
  }

  /** Outputs are submitted together, so only a single call may submit by itself. */
  function runOfRound(call: Call, { facts: turn, calls, submission }: Round): Promise<Carried> {
    return carryOut.run(call, turn, calls.length === 1 ? submission : undefined);
  }

  /** Whether by people or by a grant; one that no longer held is asked of people. */
  async function signedOff(call: Call, round: Round): Promise<Carried> {
    if (call.byGrant === undefined) return hold(call, round);
    return concluded(call, round);
  }

  async function hold(call: Call, round: Round): Promise<Carried> {
    const { approvalId } = call;
    const { onRunDeadline, runDeadline } = approvals.get(approvalId);
    if (call.verdict.kind === 'ask') askAlso(approvals.get(approvalId), call.verdict.askAlso);
    const parkAtMs = onRunDeadline === 'park' && runDeadline !== null ? Date.parse(runDeadline) : Infinity;
    alarm(parkAtMs, `${call.tool} is parked then, if nobody has decided`);
    // A call that the provider runs cannot be approved later: the submit answers it, or nothing does.
    const mayPark = call.runsAt === undefined;
    await approvals.settled(approvalId, () => mayPark && (isParkingAll || Date.now() >= parkAtMs));
    if (approvals.get(approvalId).status === 'pending') {
      approvals.replace(park(approvals.get(approvalId), Date.now()));
      parked.add(call, round.facts);
      const until = approvals.get(approvalId).deadline;
      const deadline = until === null ? '' : ` until ${until}`;
      return refusal(
        `Not done: the action awaits approval ${approvalId}${deadline}. Do not repeat it; tell the user that it is pending. You will be told what was decided.`,
      );
    }
    return concluded(call, round);
  }

  async function concluded(call: Call, round: Round): Promise<Carried> {
    const carried = await conclude(call, (approved) => runOfRound(approved, round));
    return carried.askAgain ? askAgain(call, carried.askAgain, round) : carried;
  }

  async function askAgain(call: Call, stale: Executed, round: Round): Promise<Carried> {
    const again = openAgain(call, stale, round);
    return again.kind === 'ready' ? hold(again, round) : refusal(again.output);
  }

  /** The yes held no longer, and nothing ran: people are asked once more about the same arguments. */
  function openAgain(call: Call, stale: Executed, round: Round): ReviewedCall {
    const before = approvals.get(call.approvalId);
    const { arguments: args, argumentsDigest } = before;
    const again = isAsked(call) && askedAgain({ ...call, arguments: args, argumentsDigest }, before, stale);
    if (again) return open(again, askedNow(round), heldOver(before, stale.output));
    return { kind: 'refused', toolCallId: call.toolCallId, tool: call.tool, output: stale.output };
  }

  /** No activity has asked it. */
  function askedNow({ askedAtMs: _before, ...round }: Round): Round {
    return { ...round, isOwed: true };
  }

  /** What a settled approval means for its call: the output the model gets. */
  async function conclude(call: Call, run: (approved: Call) => Promise<Carried>): Promise<Carried> {
    const { status, decision, arguments: args, argumentsDigest } = approvals.get(call.approvalId);
    switch (status) {
      case 'approved':
        return run({ ...unshown(call), arguments: args, argumentsDigest });
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

  function close(): void {
    for (const approval of approvals.all) approvals.replace(cancel(approval, Date.now()));
    providerRuns.over();
  }

  function requireFacts(): Round['facts'] {
    if (facts === undefined) throw new TypeError('There has been no round yet.');
    return facts;
  }

  return {
    settle,
    outputs: () => outputsOfRound,
    decide: approvals.decide,
    foresee: approvals.foresee,
    leavesTrace: approvals.leavesTrace,
    close,
    approvals: approvals.all,
    submits: providerRuns.submits,
    ran: providerRuns.ran,
    parkAll: () => {
      isParkingAll = true;
    },
    parkedSettled: parked.settled,
  };
}
