import type { ShownApproval } from '../../src/contracts/approval/approval.ts';
import { FINANCE, ON_CALL, REQUESTER } from '../people.ts';
import type { DecisionSent, Records } from '../records.ts';
import { approvalsOf, votesOf, type Complain } from './violations.ts';

/** So many people of finance must agree to `wire`. */
const PEOPLE = 2;

/** Rules as the campaign knows them, whatever the product makes of them: who agreed may do so, and nothing counts that nobody has signed. */
export function judgeRules(records: Records, complain: Complain): void {
  const forged = new Set(
    records.http.decisions.flatMap(({ isForged, decisionId }) => (isForged ? [decisionId] : [])),
  );
  for (const approval of approvalsOf(records)) {
    for (const { decisionId, approver } of votesOf(approval)) {
      if (forged.has(decisionId))
        complain('decision.forged', approval.approvalId, `${decisionId}, in the name of ${approver.id}.`);
    }
    const problem = approval.tool === 'wire' && approval.status === 'approved' ? missing(approval) : null;
    if (problem !== null) complain('rule.broken', approval.approvalId, problem);
  }
}

function missing({ votes, decision }: ShownApproval): string | null {
  const cast = votes ?? (decision === undefined ? [] : [decision]);
  const emergency = cast.find(({ breakGlass }) => breakGlass);
  if (emergency !== undefined) {
    const { approver, note = '' } = emergency;
    const isAllowed = approver.groups?.includes(ON_CALL) === true && note !== '' && approver.id !== REQUESTER;
    return isAllowed ? null : `${approver.id} decided by right of emergency, and may not.`;
  }
  const agreed = cast.filter(({ decision: kind }) => kind === 'approve' || kind === 'edit');
  const people = new Set(agreed.map(({ approver }) => approver.id));
  if (people.has(REQUESTER)) return `${REQUESTER} has asked for it, and agreed.`;
  const strangers = agreed.filter(({ approver }) => approver.groups?.includes(FINANCE) !== true);
  if (strangers.length > 0) return `${strangers[0]?.approver.id ?? ''} is not of ${FINANCE}.`;
  return people.size >= PEOPLE ? null : `${people.size} of ${PEOPLE} have agreed.`;
}

/** Who asked, where another person is wanted. */
export function isRequesterOf({ tool, approver }: Pick<DecisionSent, 'tool' | 'approver'>): boolean {
  return tool === 'wire' && approver === REQUESTER;
}
