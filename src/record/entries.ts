import type { EntryKind } from '@countersign/receipts';

import type { DecisionRecord } from '../contracts/approval/decision.ts';
import type { About, Fact, Question, RecordedRule } from '../contracts/recording/fact.ts';
import { toContent, type Content } from '../store/append.ts';
import type { NewEntry } from '../store/entry.ts';
import { known } from './known.ts';
import { toldByRefusal } from './refused-entry.ts';
import { wellFormed } from './well-formed.ts';

/** An entry, and what it names by digest. */
export interface Written {
  entry: NewEntry;
  contents: Content[];
}

/**
 * The entry that tells of a fact. Its id follows from the fact, so a fact that is told again is the entry that is there:
 *
 *   requested:<approval>   settled:<approval>:<decision>   started:<approval>
 *   voted:<approval>:<decision>, break-glass:<approval>:<decision>
 *   refused:<approval>:<hash of decision and person>:<reason>
 *   settled:<approval>:grant:<grant>, granted:<approval>, grant-revoked:<grant> (grants.ts)
 *   parked:<approval>, expired:<approval>, cancelled:<approval>
 *   ended:<approval>       of kind executed, failed, unknown or stale: an effect ends once
 */
export function toEntry(about: About, fact: Fact): Written {
  const { approvalId, tool, digest, at } = fact;
  const kind = kindOf(fact);
  const { contents, ...told } = toldBy(fact);
  const kept = Object.entries(contents ?? {}).flatMap(([name, content]) =>
    content === undefined ? [] : [[name, toContent(wellFormed(content))] as const],
  );
  return {
    entry: wellFormed({
      ...{ time: toTime(at), kind, id: idOf(fact, kind) },
      ...{ approvalId, tool, digest },
      ...(about.turnId !== undefined && { turnId: about.turnId }),
      ...(about.conversationId !== undefined && { conversationId: about.conversationId }),
      ...told,
      ...(kept.length > 0 && {
        contents: Object.fromEntries(kept.map(([name, content]) => [name, content.digest])),
      }),
    }),
    contents: kept.map(([, content]) => content),
  };
}

export function startedId(approvalId: string): string {
  return `started:${approvalId}`;
}

export function voteId(kind: EntryKind, approvalId: string, decisionId: string): string {
  return `${kind}:${approvalId}:${decisionId}`;
}

function kindOf(fact: Fact): EntryKind {
  if (fact.is === 'ended') return fact.outcome;
  return fact.is === 'voted' && fact.vote.breakGlass ? 'break-glass' : fact.is;
}

function idOf(fact: Fact, kind: EntryKind): string {
  const { approvalId } = fact;
  switch (fact.is) {
    case 'voted':
      return voteId(kind, approvalId, fact.vote.decisionId);
    case 'settled':
      return `settled:${approvalId}:${fact.decisionId}`;
    case 'started':
      return startedId(approvalId);
    case 'refused':
      return toldByRefusal(fact.attempt, fact.reason).id;
    default:
      return `${fact.is}:${approvalId}`;
  }
}

type Told = Partial<Omit<NewEntry, 'kind' | 'id' | 'contents'>> & { contents?: Record<string, unknown> };

function toldBy(fact: Fact): Told {
  switch (fact.is) {
    case 'requested':
      return toldByQuestion(fact.question);
    case 'voted':
      return toldByVote(fact.vote, fact.rule);
    case 'settled':
      return fact.grantId === undefined
        ? { status: fact.status, decisionId: fact.decisionId }
        : { status: fact.status, grantId: fact.grantId };
    case 'granted':
      return { grantId: fact.grant.grantId, grant: fact.grant.terms, until: fact.grant.until };
    case 'refused': {
      const { kind: _kind, id: _id, ...refused } = toldByRefusal(fact.attempt, fact.reason);
      return refused;
    }
    case 'ended':
      return fact.output === undefined ? {} : { contents: { output: fact.output } };
    default:
      return {};
  }
}

function toldByQuestion({
  arguments: args,
  deadline,
  reason,
  approvers,
  rule,
  requestedBy,
  startedBy,
}: Question): Told {
  const requester = (requestedBy === '' ? startedBy : (requestedBy ?? startedBy))?.slice(0, REQUESTER);
  const asks = { ...rule, ...(approvers && { approvers }) };
  return {
    deadline,
    ...(requester && { requester }),
    ...(Object.keys(asks).length > 0 && { rule: asks }),
    contents: { arguments: args, reason },
  };
}

function toldByVote(vote: DecisionRecord, rule: RecordedRule | undefined): Told {
  const { decisionId, decision, decidedAt, approver, authenticated, attestation, grant } = vote;
  return {
    ...{ decisionId, decision },
    person: { id: approver.id, ...(approver.groups && { groups: approver.groups }) },
    ...known(authenticated),
    // What was signed holds at its own time. What is no signature may be of any length.
    ...(attestation && attestation.length <= ATTESTATION && { attestation, time: toTime(decidedAt) }),
    ...(rule && { rule }),
    ...(grant && { grant }),
    contents: { note: vote.note, response: vote.response, arguments: vote.arguments },
  };
}

/** Characters that an entry can hold. */
const [REQUESTER, ATTESTATION] = [1_000, 100_000];

/** The record's one form of a time. A year of more than four digits is nobody's clock. */
function toTime(at: string): string {
  const time = new Date(at);
  const year = time.getUTCFullYear();
  return (year >= 0 && year <= 9_999 ? time : new Date()).toISOString();
}
