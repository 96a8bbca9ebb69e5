import type { Approval } from '../contracts/approval.ts';
import { jsonBytes } from '../contracts/size.ts';

/** Every approval of a turn as it is now. One that changes is another object. */
export interface Book {
  readonly approvals: Approval[];
  add(approval: Approval): void;
  find(approvalId: string): Approval | undefined;
  /** @throws TypeError for an approval that the turn does not have. */
  get(approvalId: string): Approval;
  /** Puts the approval in the place of the one with its id, and tells whoever shows it when it is another one. */
  replace(approval: Approval): void;
  /** What became of the action. Success is shown with the next change: it would cost an event of its own. */
  note(approvalId: string, outcome: NonNullable<Approval['outcome']>): void;
  /** All of them together, as JSON. */
  bytes(): number;
}

export function createBook({ changed }: { changed: () => void }): Book {
  const approvals: Approval[] = [];

  const indexOf = (approvalId: string): number =>
    approvals.findIndex((approval) => approval.approvalId === approvalId);

  function get(approvalId: string): Approval {
    const approval = approvals[indexOf(approvalId)];
    if (approval === undefined) throw new TypeError(`No approval ${approvalId} in this turn.`);
    return approval;
  }

  return {
    approvals,
    add: (approval) => approvals.push(approval),
    find: (approvalId) => approvals[indexOf(approvalId)],
    get,
    replace(approval) {
      const index = indexOf(approval.approvalId);
      if (index < 0 || approvals[index] === approval) return;
      approvals[index] = approval;
      changed();
    },
    note(approvalId, outcome) {
      const index = indexOf(approvalId);
      if (index < 0) return;
      approvals[index] = { ...get(approvalId), outcome };
      if (outcome !== 'executed') changed();
    },
    bytes: () => approvals.reduce((sum, approval) => sum + bytesOf(approval), 0),
  };
}

/** Each object is measured once. */
const measured = new WeakMap<Approval, number>();

export function bytesOf(approval: Approval): number {
  const known = measured.get(approval) ?? jsonBytes(approval);
  measured.set(approval, known);
  return known;
}
