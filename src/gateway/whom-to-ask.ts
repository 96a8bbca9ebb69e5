import { quorumProblem } from '../contracts/approval/quorum-problem.ts';
import type { Quorum } from '../contracts/approval/rule.ts';
import type { Store } from '../store/store.ts';
import { Problem } from './problem.ts';
import { createDirectory } from './sign-in/directory.ts';

/** So many names an error lists. */
const NAMED = 20;

/**
 * Whom a request is for, once the tenant has a directory: a group of it, whose members alone may answer, or a person of it. Without a
 * directory it stays the asker's words.
 *
 * @param asked.approvers - the groups that the operator lets answer; undefined for everybody.
 * @param asked.quorum - that the operator wants; undefined for one person.
 * @returns the groups that may answer.
 * @throws Problem `invalid-body` that says who exists.
 */
export async function whomToAsk(
  store: Store | null,
  asked: {
    tenant: string;
    approver: string | undefined;
    approvers: string[] | undefined;
    quorum: Quorum | undefined;
  },
): Promise<string[] | undefined> {
  const { tenant, approver, approvers, quorum } = asked;
  if (store === null || approver === undefined) return approvers;
  const { people: some } = await store.people.list({ tenant, limit: NAMED });
  if (some.length === 0) return approvers;
  const groups = await store.people.groups(tenant);
  const group = groups.find(({ name }) => name === approver);
  if (group !== undefined) {
    if (approvers !== undefined && !approvers.includes(approver))
      throw refuse(`must be one of the groups that may answer this key's requests: ${approvers.join(', ')}`);
    const never = quorum && quorumProblem(quorum, [approver]);
    if (never) throw refuse(`cannot answer alone: the quorum of this key ${never.message}`);
    const needed = quorum?.approve ?? 1;
    if (group.members >= needed) return [approver];
    throw refuse(`has ${group.members} people who may decide, and ${needed} must agree`);
  }
  const { approver: found } = await createDirectory(store).identify(tenant, { id: approver });
  if ((await store.people.get(tenant, found.id)) !== null) return approvers;
  const names = [...groups.map(({ name }) => name), ...some.map(({ id }) => id)].slice(0, NAMED);
  throw refuse(`must be a group or a person of the directory, such as ${names.join(', ')}`);
}

function refuse(message: string): Problem {
  return new Problem('invalid-body', `approver ${message}.`, { errors: [{ field: 'approver', message }] });
}
