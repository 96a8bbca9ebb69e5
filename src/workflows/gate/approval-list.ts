import { log } from '@temporalio/workflow';

import type { AnyApproval, Approval } from '../../contracts/approval/approval.ts';
import { jsonBytes } from '../../contracts/size.ts';
import type { Facts } from '../facts.ts';

/** The current approvals of a turn or request. A change makes a new object, is published, and is told to the record. */
export interface ApprovalList<Held extends AnyApproval = Approval> {
  readonly all: Held[];
  add: (approval: Held) => void;
  find: (approvalId: string) => Held | undefined;
  /** @throws TypeError if there is no such approval. */
  get: (approvalId: string) => Held;
  /** Replaces the approval with the same id, and publishes a change. */
  replace: (approval: Held) => void;
  /** Sets the action's outcome. Success is published with the next change, which saves an event. */
  note: (approvalId: string, outcome: NonNullable<Approval['outcome']>, output?: string) => void;
  /** The size of all approvals as JSON. */
  bytes: () => number;
}

/** @param deps.facts - hears of every change, for the record. */
export function createApprovalList<Held extends AnyApproval>(deps: {
  changed: () => void;
  facts: Pick<Facts, 'changed' | 'noted'>;
}): ApprovalList<Held> {
  const all: Held[] = [];
  return { all, add, find, get, replace, note, bytes };

  function add(approval: Held): void {
    all.push(approval);
    tellOperator(approval, undefined);
  }

  function find(approvalId: string): Held | undefined {
    return all[indexOf(approvalId)];
  }

  function get(approvalId: string): Held {
    const approval = find(approvalId);
    if (approval === undefined) throw new TypeError(`There is no approval ${approvalId} here.`);
    return approval;
  }

  function replace(approval: Held): void {
    const index = indexOf(approval.approvalId);
    const before = all[index];
    if (before === undefined || before === approval) return;
    deps.facts.changed(before, approval);
    tellOperator(approval, before);
    all[index] = approval;
    deps.changed();
  }

  function note(approvalId: string, outcome: NonNullable<Approval['outcome']>, output?: string): void {
    const index = indexOf(approvalId);
    if (index < 0) return;
    all[index] = { ...get(approvalId), outcome };
    deps.facts.noted(get(approvalId), outcome, output);
    if (outcome !== 'executed') deps.changed();
  }

  function bytes(): number {
    return all.reduce((sum, approval) => sum + bytesOf(approval), 0);
  }

  function indexOf(approvalId: string): number {
    return all.findIndex((approval) => approval.approvalId === approvalId);
  }
}

/** Nobody else hears of a question that nobody can answer. */
function tellOperator({ approvalId, tool, unmeetable }: AnyApproval, before: AnyApproval | undefined): void {
  if (unmeetable === undefined || unmeetable === before?.unmeetable) return;
  log.error('approval.unmeetable', { approvalId, tool, because: unmeetable });
}

/** Each object is measured once. */
const measured = new WeakMap<AnyApproval, number>();

export function bytesOf(approval: AnyApproval): number {
  const known = measured.get(approval) ?? jsonBytes(approval);
  measured.set(approval, known);
  return known;
}
