import { QUORUM_MAXIMUM, type Quorum, type Share } from '../contracts/approval/rule.ts';
import { DefinitionError } from '../contracts/definition-error.ts';

/** How many different people must agree. */
export interface QuorumOptions {
  /** @default 1 */
  approve?: number;
  /** @default 1 */
  deny?: number;
  /** Of those who approve, so many must belong to these groups. */
  from?: Share[];
}

/**
 * The quorum of a policy, with what was left out.
 *
 * @throws DefinitionError for one that cannot be met, naming the field, what is allowed and the remedy.
 */
export function quorumOf({ approve = 1, deny = 1, from = [] }: QuorumOptions, approvers?: string[]): Quorum {
  requirePeople('quorum.approve', approve);
  requirePeople('quorum.deny', deny);
  for (const { group, atLeast } of from) {
    requirePeople(`quorum.from "${group}"`, atLeast);
    if (atLeast > approve)
      throw problem(
        `wants ${atLeast} people of "${group}", and ${approve} in all. Raise quorum.approve to ${atLeast}.`,
      );
    // With several groups of approvers a person may belong to two; with one she belongs to that one.
    if (approvers?.length === 1 && approvers[0] !== group)
      throw problem(`wants people of "${group}", who may not decide. Add "${group}" to approvers.`);
  }
  return { approve, deny, ...(from.length > 0 && { from }) };
}

function requirePeople(field: string, count: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= QUORUM_MAXIMUM) return;
  throw new DefinitionError(
    `requireApproval({ quorum }): ${field} is ${count}. It must be a whole number of people from 1 to ${QUORUM_MAXIMUM}.`,
  );
}

function problem(words: string): DefinitionError {
  return new DefinitionError(`requireApproval({ quorum }) ${words}`);
}
