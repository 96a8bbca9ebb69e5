import { quorumProblem } from '../contracts/approval/quorum-problem.ts';
import type { RequestRules } from '../contracts/approval/rule-schema.ts';
import type { Rule } from '../contracts/approval/rule.ts';
import { isSamePerson } from '../contracts/deciding/same-person.ts';
import type { Person } from '../store/people/person.ts';
import type { Store } from '../store/store.ts';
import { Problem } from './problem.ts';
import { createDirectory } from './sign-in/directory.ts';

/** So many names an error lists. */
const NAMED = 20;

/** Who may answer a request. */
export interface MayAnswer {
  approvers?: string[];
  rule?: Rule;
}

/**
 * Whom a request is for, once the tenant has a directory: a group of it, whose members alone may answer, or a person of it, who alone may.
 * Without a directory it stays the asker's words.
 *
 * @param asked.rules - who must agree, as the operator says for the key; the asker can only narrow it.
 * @throws Problem `invalid-body` that says who exists, or why nobody could answer.
 */
export async function whomToAsk(
  store: Store | null,
  asked: { tenant: string; approver: string | undefined; requestedBy: string; rules: RequestRules },
): Promise<MayAnswer> {
  const { tenant, approver } = asked;
  const { approvers, ...rule } = asked.rules;
  const anybody = toAnswer(approvers, rule);
  if (store === null || approver === undefined) return anybody;
  const { people: some } = await store.people.list({ tenant, limit: NAMED });
  if (some.length === 0) return anybody;
  const groups = await store.people.groups(tenant);
  const group = groups.find(({ name }) => name === approver);
  const never = group === undefined ? null : groupProblem(group, asked.rules);
  if (never !== null) throw refuse(never);
  if (group !== undefined) return toAnswer([approver], rule);
  const known = await createDirectory(store).identify(tenant, { id: approver });
  const person = await store.people.get(tenant, known.approver.id);
  if (person === null) {
    const names = [...groups.map(({ name }) => name), ...some.map(({ id }) => id)].slice(0, NAMED);
    throw refuse(`must be a group or a person of the directory, such as ${names.join(', ')}`);
  }
  const problem = personProblem(person, asked, known.isRevoked);
  if (problem !== null) throw refuse(problem);
  return toAnswer(approvers, { ...rule, person: person.id });
}

function toAnswer(approvers: string[] | undefined, rule: Rule): MayAnswer {
  return { ...(approvers && { approvers }), ...(Object.keys(rule).length > 0 && { rule }) };
}

/** Why the members of a group could never answer, as the rest of a sentence. */
function groupProblem(
  { name, members }: { name: string; members: number },
  { approvers, quorum }: RequestRules,
): string | null {
  if (approvers !== undefined && !approvers.includes(name))
    return `must be one of the groups that may answer this key's requests: ${approvers.join(', ')}`;
  const never = quorum && quorumProblem(quorum, [name]);
  if (never) return `cannot answer alone: the quorum of this key ${never.message}`;
  const needed = quorum?.approve ?? 1;
  return members >= needed ? null : `has ${members} people who may decide, and ${needed} must agree`;
}

/** The same of one person. */
function personProblem(
  { id, groups }: Person,
  { requestedBy, rules: { approvers, quorum, notRequester } }: { requestedBy: string; rules: RequestRules },
  isRevoked: boolean,
): string | null {
  if (isRevoked) return `cannot answer: the right of ${id} to decide has been taken away`;
  if (approvers !== undefined && !approvers.some((group) => groups.includes(group)))
    return `must belong to one of the groups that may answer this key's requests: ${approvers.join(', ')}`;
  const needed = quorum?.approve ?? 1;
  if (needed > 1) return `cannot answer alone: ${needed} people must agree to the requests of this key`;
  const missing = quorum?.from?.find(({ group }) => !groups.includes(group));
  if (missing !== undefined)
    return `cannot answer: somebody of "${missing.group}" must agree to the requests of this key`;
  if (notRequester === true && isSamePerson({ id }, requestedBy))
    return `must be somebody else: ${id} asks, and the rule of this key wants another person`;
  return null;
}

function refuse(message: string): Problem {
  return new Problem('invalid-body', `approver ${message}.`, { errors: [{ field: 'approver', message }] });
}
