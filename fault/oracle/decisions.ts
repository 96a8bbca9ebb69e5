import { isDeepStrictEqual } from 'node:util';

import type { ShownApproval } from '../../src/contracts/approval/approval.ts';
import { isInconclusive } from '../api.ts';
import type { DecisionAnswer, DecisionSent, Records } from '../records.ts';
import { isRequesterOf } from './rules.ts';
import { approvalsOf, votesOf, type Complain } from './violations.ts';

/** A decision left as a signal so shortly before the deadline may rightly be judged after it. */
const PROCESSING_MS = 20_000;

const COUNTED = new Set(['applied', 'voted', 'duplicate']);

/** What the API said about each decision is what the record shows, and every approval has one winner at most. */
export function judgeDecisions(records: Records, complain: Complain): void {
  const approvals = new Map(approvalsOf(records).map((approval) => [approval.approvalId, approval]));
  for (const [approvalId, sent] of Map.groupBy(records.http.decisions, (decision) => decision.approvalId)) {
    const approval = approvals.get(approvalId);
    const applied = sent.filter(({ answers }) => answers.some(({ outcome }) => outcome === 'applied'));
    if (applied.length > 1) {
      complain('decision.two-winners', approvalId, applied.map(({ decisionId }) => decisionId).join(', '));
    }
    const { shape } =
      records.http.turns.find(({ turnIds }) => turnIds.includes(sent[0]?.turnId ?? ''))?.plan ?? {};
    const isTakenBack = shape === 'withdrawn' || shape === 'retracted';
    for (const decision of sent) judgeDecision(decision, approval, isTakenBack, complain);
  }
  for (const approval of approvals.values()) {
    judgeVotes(records, approval, complain);
    judgeWinner(records, approval, complain);
  }
}

function judgeDecision(
  sent: DecisionSent,
  approval: ShownApproval | undefined,
  isTakenBack: boolean,
  complain: Complain,
): void {
  const { approvalId, decisionId, answers } = sent;
  const last = answers.at(-1);
  if (last === undefined || isInconclusive(last) || last.status === 404) {
    const heard = answers.map(({ status, outcome }) => `${status ?? 'none'} ${outcome}`).join(', ');
    complain('decision.unanswered', approvalId, `${decisionId}: ${heard}`);
  }
  for (const answer of answers) {
    if (isLost(sent, answer, approval, isTakenBack)) {
      const shown =
        approval === undefined ? 'unknown' : `${approval.status} ${approval.decision?.decisionId ?? ''}`;
      complain('decision.lost', approvalId, `${decisionId} was ${answer.outcome}; the record: ${shown}`);
    }
    if (answer.outcome === 'approval-already-decided' && !isNamed(answer, approval)) {
      const named = JSON.stringify(answer.winner ?? null);
      complain('conflict.misnamed', approvalId, `${decisionId} was told ${named}`);
    }
  }
}

function isLost(
  sent: DecisionSent,
  answer: DecisionAnswer,
  approval: ShownApproval | undefined,
  isTakenBack: boolean,
): boolean {
  const winner = approval?.decision;
  const isIn =
    approval !== undefined && votesOf(approval).some(({ decisionId }) => decisionId === sent.decisionId);
  if (answer.outcome === 'applied') return winner?.decisionId !== sent.decisionId;
  if (COUNTED.has(answer.outcome)) return !isIn;
  if (answer.outcome !== 'accepted' || isIn || winner !== undefined) return false;
  // It may not count, and nobody was there to say so.
  if (sent.isForged || isRequesterOf(sent)) return false;
  // The service took the turn back meanwhile.
  if (isTakenBack && approval?.status === 'cancelled') return false;
  const isAtTheDeadline =
    approval?.status === 'expired' &&
    Date.parse(approval.resolvedAt ?? '') - Date.parse(answer.at) < PROCESSING_MS;
  return !isAtTheDeadline;
}

function isNamed({ winner }: DecisionAnswer, approval: ShownApproval | undefined): boolean {
  const { decision, approver, decidedAt } = approval?.decision ?? {};
  return (
    winner !== undefined &&
    winner.decision === decision &&
    winner.approver.id === approver?.id &&
    winner.decidedAt === decidedAt
  );
}

/** Whatever counted was sent, by whom it says. */
function judgeVotes({ http }: Records, approval: ShownApproval, complain: Complain): void {
  for (const { decisionId, decision, approver } of votesOf(approval)) {
    const sent = http.decisions.find(
      (candidate) => candidate.approvalId === approval.approvalId && candidate.decisionId === decisionId,
    );
    if (sent?.kind === decision && sent.approver === approver.id) continue;
    complain('decision.stranger', approval.approvalId, `A vote "${decision}" is by ${approver.id}.`);
  }
}

/** The winner is a decision that was sent, with its approver, its arguments and its words. */
function judgeWinner({ http }: Records, approval: ShownApproval, complain: Complain): void {
  const { approvalId, decision: winner, status, byGrant } = approval;
  // Nobody was asked (grants.ts).
  if (byGrant !== undefined) return;
  if (winner === undefined) {
    if (['approved', 'denied', 'answered'].includes(status)) {
      complain('decision.stranger', approvalId, `It is ${status} by nobody.`);
    }
    return;
  }
  const sent = http.decisions.find(
    (candidate) => candidate.approvalId === approvalId && candidate.decisionId === winner.decisionId,
  );
  const plan = http.turns.find(({ turnIds }) => turnIds.includes(approval.turnId))?.plan;
  const asked = { orderId: plan?.orderId, amountCents: plan?.amountCents };
  const isSame =
    sent?.kind === winner.decision &&
    sent.approver === winner.approver.id &&
    status === STATUS_OF[sent.kind] &&
    sent.response === winner.response &&
    isDeepStrictEqual(sent.arguments ?? changedTo(http, approval) ?? asked, approval.arguments);
  if (!isSame) {
    complain('decision.stranger', approvalId, `The record says ${winner.decision} by ${winner.approver.id}.`);
  }
}

/** What a vote before the winner made of the arguments. */
function changedTo(
  { decisions }: Records['http'],
  { approvalId, proposals }: ShownApproval,
): Record<string, unknown> | undefined {
  const author = proposals.at(-1)?.by;
  if (author?.kind !== 'person') return undefined;
  return decisions.findLast(
    (sent) => sent.approvalId === approvalId && sent.kind === 'edit' && sent.approver === author.id,
  )?.arguments;
}

const STATUS_OF = { approve: 'approved', edit: 'approved', deny: 'denied', respond: 'answered' } as const;
