import type { AnyApproval } from '../contracts/approval/approval.ts';

/** Rungs of a ladder have smaller numbers. */
const FIRST_RUNG = 100;

/**
 * Whose votes an edit has dropped, by the edit. Each has a rung of its own, so a vote that has fallen is told once.
 */
export function fallenVoters({ replaced = [] }: AnyApproval): { rung: number; ids: string[] }[] {
  const lastVotes = new Map<string, number>();
  for (const [index, { votes = [] }] of replaced.entries())
    for (const { approver } of votes) lastVotes.set(approver.id, index);
  return [...Map.groupBy(lastVotes, ([, index]) => index)].map(([index, voters]) => ({
    rung: FIRST_RUNG + index,
    ids: voters.map(([id]) => id),
  }));
}
