import { setTimeout as sleep } from 'node:timers/promises';

import type { CountersignClient } from '../../client.ts';
import type { AnyShownApproval } from '../../contracts/approval/approval.ts';
import { howToCall } from '../../contracts/how-called.ts';
import { FINAL_TURN_STATUSES, type TurnView } from '../../contracts/turn.ts';
import { visibleLines } from '../../contracts/visible/visible.ts';
import { EXIT_CODES } from '../errors/exit-codes.ts';
import { dim, green, red, say, yellow } from '../output.ts';
import { showState } from '../turn/render.ts';

/** What came of a decision, as far as it is known. */
export interface Outcome {
  approval: AnyShownApproval;
  /** The turn that asked; null for a request. */
  turn: TurnView | null;
  /** Of a parked approval: the turn that told the model. */
  continuation: TurnView | null;
}

const LOOK_EVERY_MS = 100;

/**
 * Waits for what comes of a decision: the action is carried out or has failed, and the turn has replied, or needs somebody again.
 *
 * @param options.approval - as it was before the decision
 * @returns what is known when that has happened, or the time is up
 */
export async function followOutcome({
  client,
  tenant,
  approval: before,
  toldBefore,
  limitMs,
}: {
  client: CountersignClient;
  tenant: string;
  approval: AnyShownApproval;
  /** Continuations there were before it. */
  toldBefore: readonly string[];
  limitMs: number;
}): Promise<Outcome> {
  const { approvalId, turnId } = before;
  const until = Date.now() + limitMs;
  let outcome: Outcome = { approval: before, turn: null, continuation: null };
  for (;;) {
    const turn = turnId === undefined ? null : await client.getTurn(tenant, turnId);
    const approval =
      turn?.approvals.find((found) => found.approvalId === approvalId) ??
      (await client.getApproval(tenant, approvalId));
    if (approval !== null) outcome = { ...outcome, approval, turn };
    const told = turn?.continuations?.findLast((id) => !toldBefore.includes(id));
    const isParked = before.parkedAt !== undefined;
    if (isParked && told !== undefined) {
      const left = Math.max(0, until - Date.now());
      return { ...outcome, continuation: await client.getTurn(tenant, told, left) };
    }
    if (!isParked && isKnown(outcome)) return outcome;
    if (Date.now() >= until) return outcome;
    await sleep(LOOK_EVERY_MS);
  }
}

function isKnown({ approval, turn }: Outcome): boolean {
  if (approval.status === 'pending' || isUnderWay(approval)) return false;
  if (turn === null) return true;
  return (
    FINAL_TURN_STATUSES.has(turn.status) ||
    (turn.status === 'awaiting_decision' && othersWait(turn)) ||
    turn.status === 'parked'
  );
}

function othersWait({ approvals }: TurnView): boolean {
  return approvals.some(({ status }) => status === 'pending');
}

/** Approved, and nobody has said yet what came of it. A request has no action of ours. */
function isUnderWay({ status, outcome, turnId }: AnyShownApproval): boolean {
  return turnId !== undefined && status === 'approved' && (outcome === undefined || outcome === 'executing');
}

/** Tells it, and ends the command with `failed` where the action or the turn has failed. */
export function showOutcome({ approval, turn, continuation }: Outcome): void {
  say(actionLine(approval));
  if (approval.outcome === 'failed' || approval.outcome === 'unknown')
    process.exitCode = EXIT_CODES.failed.code;
  const last = continuation ?? turn;
  if (last === null) return;
  if (FINAL_TURN_STATUSES.has(last.status) || last.status === 'awaiting_decision') showState(last);
  else if (approval.parkedAt === undefined || continuation !== null)
    say(dim(`The turn is ${last.status}. Follow it: ${howToCall(`turn show ${last.turnId} --watch`)}`));
  if (FINAL_TURN_STATUSES.has(last.status) && last.status !== 'completed')
    process.exitCode = EXIT_CODES.failed.code;
}

function actionLine(approval: AnyShownApproval): string {
  const { tool, status, outcome, turnId } = approval;
  const name = visibleLines(tool);
  if (turnId === undefined) return dim(`Whoever asked is told: ${status}.`);
  if (status !== 'approved') return dim(`${name} was not carried out.`);
  switch (outcome) {
    case 'executed':
      return green(`${name} was carried out.`);
    case 'failed':
      return red(`${name} failed.`);
    case 'unknown':
      return red(`Nobody knows whether ${name} was carried out. Check where it has its effect.`);
    case 'stale':
      return yellow(`The approval of ${name} no longer held, so it was not carried out.`);
    case 'not_executed':
      return yellow(`${name} was not carried out.`);
    default:
      return yellow(`${name} is still being carried out.`);
  }
}
