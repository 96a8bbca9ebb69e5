import { isDeepStrictEqual } from 'node:util';

import type { Approval } from '../../src/contracts/approval/approval.ts';
import { FINAL_TURN_STATUSES } from '../../src/contracts/turn.ts';
import type { LedgerRow } from '../ledger.ts';
import type { Records } from '../records.ts';
import { TENANT } from '../settings.ts';
import { ROUNDS, TOOLS, type ToolName } from '../shapes.ts';
import { approvalsOf, viewsOf, type Complain } from './violations.ts';

/** How often a turn calls a tool: one that a grant may let through is called again. */
function callsOf(tool: string | undefined): number {
  return tool === 'charge' ? ROUNDS.granted.flat().filter((called) => called === tool).length : 1;
}

/** What happened is what was signed off, once, and what is told of it is true. */
export function judgeEffects(records: Records, complain: Complain): void {
  const approvals = new Map(approvalsOf(records).map((approval) => [approval.approvalId, approval]));
  // An order is in one turn and it is known how often that calls each tool, so this needs no id of ours.
  const calls = Map.groupBy(
    records.effects,
    (effect) => `${effect.tool} ${String(effect.arguments.orderId)}`,
  );
  for (const [call, effects] of calls) {
    const keys = new Set(effects.map(({ key }) => key));
    if (keys.size === effects.length && effects.length <= callsOf(effects[0]?.tool)) continue;
    const rows = effects.map(({ row, key, pid }) => `#${row} key ${key} process ${pid}`).join('; ');
    complain('effect.twice', call, rows);
  }
  for (const effect of records.effects) judgeEffect(effect, approvals.get(effect.approvalId ?? ''), complain);
  for (const view of viewsOf(records)) {
    for (const approval of view.approvals) {
      if (approval.status !== 'approved' || !FINAL_TURN_STATUSES.has(view.status)) continue;
      const count = records.effects.filter(({ key }) => key === approval.approvalId).length;
      judgeOutcome(approval, { count, isTakenBack: view.status === 'cancelled' }, complain);
    }
  }
}

function judgeEffect(effect: LedgerRow, approval: Approval | undefined, complain: Complain): void {
  const subject = effect.approvalId ?? `${effect.tool} #${effect.row}`;
  if (effect.tenant !== TENANT)
    complain('tenant.wrong', subject, `Effect #${effect.row} is ${effect.tenant}'s.`);
  if (approval !== undefined && approval.status !== 'approved') {
    complain('effect.forbidden', subject, `Effect #${effect.row}, and the approval is ${approval.status}.`);
    return;
  }
  const isMatch =
    effect.key === approval?.approvalId &&
    effect.tool === approval.tool &&
    effect.tenant === approval.tenant &&
    effect.turnId === approval.turnId &&
    effect.approver === approval.decision?.approver.id &&
    isDeepStrictEqual(effect.arguments, approval.arguments);
  if (!isMatch) {
    const ran = `${effect.tool} ${JSON.stringify(effect.arguments)} for ${String(effect.approver)}`;
    complain('effect.unmatched', subject, `Effect #${effect.row}: ${ran}`);
  }
}

function judgeOutcome(
  { approvalId, tool, outcome }: Approval,
  { count: effects, isTakenBack }: { count: number; isTakenBack: boolean },
  complain: Complain,
): void {
  const isRepeatable = TOOLS[tool as ToolName].effect !== 'at-most-once';
  switch (outcome) {
    case 'executed':
      if (effects === 0) complain('effect.missing', approvalId, `${tool} is reported as executed.`);
      return;
    case 'unknown':
      // Of an at-most-once tool this is the honest answer, whether or not there was an effect; and of a turn that was taken back while
      // its worker died, for nobody tries again.
      if (isRepeatable && !isTakenBack)
        complain('outcome.unknown', approvalId, `${tool}, ${effects} effects.`);
      return;
    // It had become too old: nothing ran.
    case 'stale':
    case 'failed':
      if (effects > 0) complain('outcome.wrong', approvalId, `${tool} is reported as ${outcome}.`);
      return;
    // Approved in the moment in which its turn was taken back.
    case 'not_executed':
      if (effects > 0) complain('outcome.wrong', approvalId, `${tool} is reported as ${outcome}.`);
      if (!isTakenBack)
        complain('outcome.silent', approvalId, `${tool} is ${outcome} in a turn that went on.`);
      return;
    default:
      complain(
        'outcome.silent',
        approvalId,
        `${tool} is ${outcome ?? 'without outcome'}, ${effects} effects.`,
      );
  }
}
