import type { Decision, DecisionRecord, FieldProblem, Receipt } from '../approval/decision.ts';

/**
 * What a decision is beside those that were counted before it: one of them sent again (`duplicate`), or another one under an id that its
 * sender has used before (`reused`). Two senders that hit on one id have made two decisions. Imports nothing at run time: the ledger asks
 * here, and so does the client when the workflow is over.
 *
 * Not compared: when it was sent, and the groups of whoever decides; both may differ in a repetition.
 *
 * @returns null when it is another one.
 */
export function besideVotes(
  votes: readonly DecisionRecord[],
  decision: Decision,
): Pick<Receipt, 'outcome' | 'decidedAt' | 'problems'> | null {
  const same = voteUnderIdOf(votes, decision);
  if (same === undefined) return null;
  const problems = differences(same, decision);
  return problems.length === 0
    ? { outcome: 'duplicate', decidedAt: same.decidedAt }
    : { outcome: 'reused', problems };
}

/** What the same sender has decided under this decision's id, whatever it says. */
export function voteUnderIdOf(
  votes: readonly DecisionRecord[],
  decision: Decision,
): DecisionRecord | undefined {
  return votes.find((vote) => vote.decisionId === decision.decisionId && !isOtherSender(vote, decision));
}

/** Whether `known`, which has not been answered yet, bears the id of a decision that says something else; null if not. */
export function reuseOf(known: Decision, decision: Decision): FieldProblem[] | null {
  if (known.approvalId !== decision.approvalId || known.decisionId !== decision.decisionId) return null;
  if (isOtherSender(known, decision)) return null;
  const problems = differences(known, decision);
  return problems.length === 0 ? null : problems;
}

/**
 * A webhook source vouches for the people it names; by every other way whoever decides has sent it. No signature covers the source: what a
 * gateway has signed for one person at one instant is one decision, however it says to have come.
 */
function isOtherSender(one: DecisionRecord, other: DecisionRecord): boolean {
  if (isSigned(one) && isSigned(other) && one.decidedAt === other.decidedAt)
    return one.approver.id !== other.approver.id;
  if (one.source !== other.source) return true;
  return !one.source.startsWith('webhook:') && one.approver.id !== other.approver.id;
}

function isSigned({ attestation }: DecisionRecord): boolean {
  return attestation !== undefined;
}

const COMPARED = ['decision', 'note', 'response', 'arguments', 'breakGlass', 'grant'] as const;

/** The fields that say something else. */
function differences(one: DecisionRecord, other: DecisionRecord): FieldProblem[] {
  const fields: string[] = COMPARED.filter((field) => !isSameJson(one[field], other[field]));
  if (one.approver.id !== other.approver.id) fields.push('approver');
  return fields.map((field) => ({
    field,
    message: 'differs from the first decision with this id; use a new id for another decision',
  }));
}

/** Whether two values are one as JSON: the order of an object's fields counts for nothing, and absent is undefined. */
export function isSameJson(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return one === other;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [these, those] = [one, other] as [Record<string, unknown>, Record<string, unknown>];
  return [...new Set([...Object.keys(these), ...Object.keys(those)])].every((name) =>
    isSameJson(these[name], those[name]),
  );
}
