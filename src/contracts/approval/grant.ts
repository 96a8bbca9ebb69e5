import type { ToolArguments } from '../tool-call.ts';
import type { DecisionRecord } from './decision.ts';
import type { GrantTerms } from './rule.ts';

/** A grant as it was given. The decisions that gave it are its proof. */
export interface Grant {
  /** The id of the approval that it was given with. */
  grantId: string;
  assistant: string;
  tool: string;
  conversationId: string;
  requestedBy?: string;
  startedBy?: string;
  terms: GrantTerms;
  /** Those that were approved. */
  arguments: ToolArguments;
  argumentsDigest: string;
  /** ISO 8601: when its approval was asked for, when that was settled, and when the grant ends. */
  requestedAt: string;
  givenAt: string;
  until: string;
  /** Everybody who has counted; each of them wanted it. An edit without arguments brought those above. */
  votes: DecisionRecord[];
  /** The person who changed the arguments last. */
  author?: string;
}

/** Whoever gave it, each once. */
export function giversOf({ votes }: Pick<Grant, 'votes'>): string[] {
  return [...new Set(votes.map(({ approver }) => approver.id))];
}

/** Without the signed decisions that gave it: its approval has them. */
export function shownGrant<Given extends Grant>({ votes, author: _author, ...grant }: Given) {
  return { ...grant, by: giversOf({ votes }) };
}

/** Which grant let a call through, and whose. */
export interface ByGrant {
  grantId: string;
  by: string[];
  /** ISO 8601. */
  until: string;
}
