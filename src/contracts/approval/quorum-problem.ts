import { QUORUM_MAXIMUM, type Quorum } from './rule.ts';

/** Why nobody can ever meet a quorum: the field within it, and what is wrong with the remedy, as the rest of a sentence. */
export interface QuorumProblem {
  path: (string | number)[];
  message: string;
}

/** @param approvers - groups, one of which every voter belongs to; undefined when anybody may vote. */
export function quorumProblem(
  { approve, deny, from = [] }: Quorum,
  approvers: readonly string[] | undefined,
): QuorumProblem | null {
  const counts: { path: QuorumProblem['path']; count: number }[] = [
    { path: ['approve'], count: approve },
    { path: ['deny'], count: deny },
    ...from.map(({ atLeast }, index) => ({ path: ['from', index, 'atLeast'], count: atLeast })),
  ];
  for (const { path, count } of counts) {
    if (Number.isInteger(count) && count >= 1 && count <= QUORUM_MAXIMUM) continue;
    return { path, message: `is ${count}. It must be a whole number of people from 1 to ${QUORUM_MAXIMUM}.` };
  }
  for (const [index, { group, atLeast }] of from.entries()) {
    if (atLeast > approve)
      return {
        path: ['from', index, 'atLeast'],
        message: `is ${atLeast}, and ${approve} must approve in all. Raise quorum.approve to ${atLeast}.`,
      };
    // With several groups of approvers a person may belong to two; with one she belongs to that one.
    if (approvers?.length === 1 && approvers[0] !== group)
      return {
        path: ['from', index, 'group'],
        message: `is "${group}", whose people may not decide. Add "${group}" to approvers.`,
      };
  }
  return null;
}
