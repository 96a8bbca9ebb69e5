import type { Quorum, Share } from '../contracts/approval/rule.ts';
import { quorumProblem } from '../contracts/approval/quorum-problem.ts';
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
  const quorum = { approve, deny, ...(from.length > 0 && { from }) };
  const problem = quorumProblem(quorum, approvers);
  if (problem === null) return quorum;
  const field = ['quorum', ...problem.path].join('.');
  throw new DefinitionError(`requireApproval({ quorum }): ${field} ${problem.message}`);
}
