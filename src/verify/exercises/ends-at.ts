import type { AnyShownApproval } from '../../contracts/approval/approval.ts';

/** When a question ends, in ms since 1970: with its own deadline, or with its run unless it outlives it; undefined for never. */
export function endsAt({ deadline, runDeadline, onRunDeadline }: AnyShownApproval): number | undefined {
  const ends = [deadline, onRunDeadline === 'park' ? null : runDeadline];
  const times = ends.flatMap((end) => (end === null ? [] : [Date.parse(end)]));
  return times.length === 0 ? undefined : Math.min(...times);
}
