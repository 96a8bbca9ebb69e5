import type { AnyApproval } from '../contracts/approval/approval.ts';
import { toCard, toVoted } from '../contracts/approval/listed.ts';
import type { Grant } from '../contracts/approval/grant.ts';
import { boundDigest } from '../contracts/approval/narrower.ts';
import { riskOf } from '../contracts/approval/presented.ts';
import { argumentsDigest } from '../contracts/digest.ts';
import type { About, Fact } from '../contracts/recording/fact.ts';
import type { GrantRow, IndexChange, IndexedApproval } from '../store/approvals/rows.ts';
import type { NewEntry } from '../store/entry.ts';

/** An approval as lists need it. */
export function toRow(approval: AnyApproval): IndexedApproval {
  const { tenant, approvalId, tool, status, requestedAt, deadline } = approval;
  const { turnId, conversationId, resolvedAt, requestedBy, startedBy, approvers, reason } = approval;
  return {
    ...{ tenant, approvalId, tool, status, requestedAt, deadline },
    turnId: turnId ?? null,
    conversationId: conversationId ?? null,
    resolvedAt: resolvedAt ?? null,
    requestedBy: requestedBy ?? startedBy ?? null,
    approvers: approvers ?? [],
    text: textOf(tool, reason, approval.arguments),
    card: toCard(approval),
    risk: riskOf(approval.presented),
  };
}

/** What facts change in lists. @param entries - those of the facts, in their order. */
export function toIndexChanges(
  about: About,
  facts: readonly Fact[],
  entries: readonly Pick<NewEntry, 'id'>[],
): IndexChange[] {
  return facts.flatMap((fact, index) => {
    const entryId = entries[index]?.id;
    return entryId === undefined ? [] : (changeBy(about, fact, entryId) ?? []);
  });
}

function changeBy(about: About, fact: Fact, entryId: string): IndexChange | null {
  const { approvalId, tool, at } = fact;
  switch (fact.is) {
    case 'requested':
      return { entryId, is: 'asked', row: toRow(toAsked(about, fact)) };
    case 'voted': {
      const { arguments: args, decision } = fact.vote;
      const vote = toVoted({ ...fact.vote, at });
      if (decision !== 'edit' || args === undefined)
        return { entryId, is: 'voted', approvalId, argumentsDigest: fact.digest, vote };
      const { approvers, ...rule } = fact.rule ?? {};
      return {
        ...{ entryId, is: 'edited', approvalId, arguments: args, approvers, vote },
        argumentsDigest: argumentsDigest({ tool, arguments: args, tenant: about.tenant }),
        rule: Object.keys(rule).length > 0 ? rule : undefined,
        textOf: (reason) => textOf(tool, reason, args),
      };
    }
    case 'parked':
      return { entryId, is: 'parked', approvalId, parkedAt: at };
    case 'settled':
      return { entryId, is: 'settled', approvalId, status: fact.status, resolvedAt: at };
    case 'granted':
      return { entryId, is: 'granted', approvalId, grant: toGrantRow(about, fact.grant) };
    case 'expired':
    case 'cancelled':
      return { entryId, is: 'settled', approvalId, status: fact.is, resolvedAt: at };
    default:
      return null;
  }
}

function toGrantRow({ tenant }: About, grant: Grant): GrantRow {
  return { ...grant, bound: boundDigest({ ...grant, tenant }, grant.terms) };
}

function toAsked(about: About, fact: Extract<Fact, { is: 'requested' }>): AnyApproval {
  const { approvalId, tool, digest, at } = fact;
  return {
    ...{ ...about, ...fact.question, approvalId, tool, status: 'pending' },
    ...{ argumentsDigest: digest, requestedAt: at },
  } as AnyApproval;
}

function textOf(tool: string, reason: string | undefined, args: unknown): string {
  return [tool, reason ?? '', JSON.stringify(args)].join(' ');
}
