import type { AnyApproval } from '../approval/approval.ts';
import type { DecisionRecord } from '../approval/decision.ts';
import { beginningOfPresented } from '../approval/presented.ts';
import { grantOf } from '../deciding/granting.ts';
import { currentOf } from '../deciding/proposals.ts';
import type { Fact, RecordedRule } from './fact.ts';

/** What has happened to an approval between two of its states; `before` is undefined for one that has just been asked. */
export function changesOf(before: AnyApproval | undefined, after: AnyApproval): Fact[] {
  const { approvalId, tool, argumentsDigest: digest, status, decision, parkedAt, resolvedAt = '' } = after;
  const about = { approvalId, tool, digest };
  const known = new Set((before === undefined ? [] : votesOf(before)).map(({ vote }) => nameOf(vote)));
  const facts: Fact[] = votesOf(after)
    .filter(({ vote }) => !known.has(nameOf(vote)))
    .map((cast) => ({ ...about, is: 'voted', ...cast }));
  if (parkedAt !== undefined && before?.parkedAt === undefined)
    facts.push({ ...about, digest: digestAt(after, parkedAt), is: 'parked', at: parkedAt });
  if (status === before?.status) return facts;
  switch (status) {
    case 'pending':
      return facts;
    case 'expired':
    case 'cancelled':
      return [...facts, { ...about, is: status, at: resolvedAt }];
    default: {
      const { decisionId = '' } = decision ?? {};
      const { grantId } = after.byGrant ?? {};
      const settled: Fact = {
        ...{ ...about, is: 'settled', status, decisionId, at: resolvedAt },
        ...(grantId !== undefined && { grantId }),
      };
      const grant = grantOf(after);
      return [
        ...facts,
        settled,
        ...(grant ? [{ ...about, is: 'granted' as const, at: resolvedAt, grant }] : []),
      ];
    }
  }
}

/** Of the arguments that stood at this time. Somebody may have changed them since. */
function digestAt({ argumentsDigest, proposed, replaced = [] }: AnyApproval, time: string): string {
  const earlier = proposed !== undefined && proposed.at > time;
  const stood = replaced.findLast(({ at }) => at <= time) ?? replaced[0];
  return earlier && stood ? stood.argumentsDigest : argumentsDigest;
}

/** All that must have been written, by what Temporal keeps of it. */
export function factsOf(approval: AnyApproval): Fact[] {
  // An edit has replaced what was asked; one that is asked again may have been changed before.
  const { replaced = [], requestedAt } = approval;
  const current = currentOf(approval);
  const asked = [...replaced, current].findLast(({ at }) => at <= requestedAt);
  const { argumentsDigest, arguments: args } = asked ?? replaced[0] ?? current;
  return [
    requestedFact({ ...approval, argumentsDigest, arguments: args }),
    ...changesOf(undefined, approval),
  ];
}

/** What is asked, as the record and lists tell it. */
export function requestedFact(approval: AnyApproval): Extract<Fact, { is: 'requested' }> {
  const { approvalId, tool, argumentsDigest, requestedAt } = approval;
  const { arguments: args, deadline, runDeadline, onRunDeadline, toolDescription } = approval;
  const { assistant, toolCallId, reason, approvers, rule, notify } = approval;
  const { requestedBy, startedBy, meantFor, askedBefore, runsAt, unmeetable, byGrant, presented } = approval;
  return {
    ...{ approvalId, tool, digest: argumentsDigest, at: requestedAt, is: 'requested' },
    question: {
      ...{ arguments: args, deadline, runDeadline, onRunDeadline, toolDescription },
      ...(assistant !== undefined && { assistant }),
      ...(toolCallId !== undefined && { toolCallId }),
      ...(reason !== undefined && { reason }),
      ...(approvers && { approvers }),
      ...(rule && { rule }),
      ...(requestedBy !== undefined && { requestedBy }),
      ...(startedBy !== undefined && { startedBy }),
      ...(notify && { notify }),
      ...(meantFor !== undefined && { meantFor }),
      ...(askedBefore && { askedBefore }),
      ...(runsAt && { runsAt }),
      ...(unmeetable !== undefined && { unmeetable }),
      ...(byGrant && { byGrant }),
      ...(presented?.by === 'tool' && { presented: beginningOfPresented(presented) }),
    },
  };
}

interface Cast {
  vote: DecisionRecord;
  at: string;
  digest: string;
  rule?: RecordedRule;
}

/** Every vote that was counted, those included that fell when somebody changed the arguments, with what each person saw. */
function votesOf(approval: AnyApproval): Cast[] {
  const { arguments: args, argumentsDigest, votes, decision, resolvedAt = '', byGrant } = approval;
  // Those of a grant were told where they were cast.
  if (byGrant !== undefined) return [];
  const standing = votes ?? (decision === undefined ? [] : [{ ...decision, at: resolvedAt }]);
  const proposals = [...(approval.replaced ?? []), { arguments: args, argumentsDigest, votes: standing }];
  return proposals.flatMap((proposal, index) =>
    (proposal.votes ?? []).map(({ at, ...vote }): Cast => {
      if (vote.decision !== 'edit')
        return { vote, at, digest: vote.argumentsDigest ?? proposal.argumentsDigest };
      const edited = { ...vote, arguments: vote.arguments ?? proposal.arguments };
      const seen = proposals[index - 1]?.argumentsDigest ?? proposal.argumentsDigest;
      const { approvers, rule } = approval;
      return {
        ...{ vote: edited, at, digest: vote.argumentsDigest ?? seen },
        rule: { ...rule, ...(approvers && { approvers }) },
      };
    }),
  );
}

/** Two people may have used one decision id. */
function nameOf({ decisionId, approver, source }: DecisionRecord): string {
  return JSON.stringify([decisionId, approver.id, source]);
}
