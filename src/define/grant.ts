import type { GrantTerms } from '../contracts/approval/rule.ts';
import type { Verdict } from '../contracts/approval/review.ts';
import { DefinitionError } from '../contracts/definition-error.ts';
import { GRANT_MOST_MS, NARROWER_MOST } from '../contracts/limits.ts';
import { toMs, type Duration } from './duration.ts';

/** Which later calls a decision may let through, so that nobody is asked about each. */
export interface GrantOptions {
  /** The longest time that a grant holds, from the decision on; at most seven days. */
  forMs: Duration;
  /** Numbers among the tool's own arguments that may be less in a later call. All others must be the same. None by default. */
  narrowerBy?: string[];
  /** `conversation`: later calls of the same conversation and requester. `requester`: of all conversations of the same requester. */
  boundTo?: GrantTerms['boundTo'];
}

const BOUND_TO: readonly GrantTerms['boundTo'][] = ['conversation', 'requester'];

/** @throws DefinitionError for terms that no grant can have, naming the field. */
export function grantTermsOf({ forMs, narrowerBy = [], boundTo = 'conversation' }: GrantOptions): GrantTerms {
  const ms = toMs(forMs, 'mayGrant.forMs');
  const is = (field: string, message: string) =>
    new DefinitionError(`requireApproval({ mayGrant }): ${field} ${message}.`);
  if (ms > GRANT_MOST_MS) throw is('forMs', `is ${ms}; at most ${GRANT_MOST_MS} ms (seven days) are allowed`);
  if (narrowerBy.length > NARROWER_MOST) throw is('narrowerBy', `names more than ${NARROWER_MOST} arguments`);
  if (!BOUND_TO.includes(boundTo))
    throw is('boundTo', `is "${boundTo}"; "conversation" and "requester" are allowed`);
  return { forMs: ms, narrowerBy: [...new Set(narrowerBy)], boundTo };
}

/** Why a verdict's grant does not fit a tool's arguments, as a sentence; null when it does, or the verdict has none. */
export function narrowerProblem(verdict: Verdict, jsonSchema: Record<string, unknown>): string | null {
  const may = verdict.kind === 'ask' ? verdict.rule?.mayGrant : undefined;
  const fields = (jsonSchema.properties ?? {}) as Record<string, { type?: unknown } | undefined>;
  const isNumber = (name: string) =>
    Object.hasOwn(fields, name) && ['number', 'integer'].includes(String(fields[name]?.type));
  const wrong = may?.narrowerBy.find((name) => !isNumber(name));
  if (wrong === undefined) return null;
  const numbers = Object.keys(fields).filter(isNumber).join(', ') || 'none';
  return `mayGrant.narrowerBy names "${wrong}", which is no number among the tool's own arguments. Numbers are: ${numbers}.`;
}

/** The same verdict, where nobody can keep a grant. */
export function withoutGrant<V extends Verdict>(verdict: V): V {
  if (verdict.kind !== 'ask' || verdict.rule?.mayGrant === undefined) return verdict;
  const { mayGrant: _mayGrant, ...rule } = verdict.rule;
  return { ...verdict, rule };
}
