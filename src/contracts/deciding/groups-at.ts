import type { AnyApproval } from '../approval/approval.ts';
import type { Decision } from '../approval/decision.ts';

type Asked = Pick<AnyApproval, 'approvers' | 'rule' | 'requestedAt'>;

/** The groups, one of which a voter must belong to at this time; undefined when anybody may vote. A time that cannot be told widens nothing. */
export function groupsAt({ approvers, rule, requestedAt }: Asked, atMs: number): string[] | undefined {
  if (approvers === undefined) return undefined;
  const openMs = atMs - Date.parse(requestedAt);
  const later = (rule?.alsoAfter ?? []).filter(({ afterMs }) => openMs >= afterMs);
  return [...approvers, ...later.flatMap(({ groups }) => groups)];
}

/** The groups that may decide at any time. */
export function groupsEver({ approvers, rule }: Omit<Asked, 'requestedAt'>): string[] | undefined {
  return approvers && [...approvers, ...(rule?.alsoAfter ?? []).flatMap(({ groups }) => groups)];
}

/** When a vote was given: no later than it is counted, whatever its sender says. */
export function votedMs({ decidedAt }: Pick<Decision, 'decidedAt'>, nowMs = Infinity): number {
  return Math.min(Date.parse(decidedAt), nowMs);
}
