import { ActivityFailure, isCancellation, log } from '@temporalio/workflow';

import type { ActionOutcome, AnyApproval } from '../contracts/approval/approval.ts';
import type { About, Fact, Writing } from '../contracts/recording/fact.ts';
import { changesOf, requestedFact } from '../contracts/recording/changes.ts';
import type { Recorded } from '../contracts/steps.ts';
import { writeRecord, writeRecordAtLast } from './steps.ts';

/**
 * What has happened and does not stand in the record yet:
 *
 *   happened ──▶ owed ──an activity that runs anyway has written it──▶ written
 *                     ──nothing runs any more: `settle`────────────▶ written
 *
 * A turn whose worker has no store keeps nothing and costs nothing.
 */
export interface Facts {
  /** Somewhere a store keeps them. */
  isRecorded(): boolean;
  /** A question was opened. With `isOwed` no activity has written it. */
  asked(approval: AnyApproval, isOwed: boolean): void;
  changed(before: AnyApproval, after: AnyApproval): void;
  noted(approval: AnyApproval, outcome: ActionOutcome, output?: string): void;
  /** For the input of an activity; of one approval, or all. */
  carry(approvalId?: string): Recorded;
  /** What an activity says of what it was given. */
  answered(given: Recorded, writing: Writing | undefined): void;
  /** The same of a tool's activity, which wrote the end of its effect as well. */
  ended(approvalId: string, writing: Writing | undefined): void;
  /** Writes what is owed by a local activity. With `atLast` it is waited for until a store that is down is back. */
  settle(way?: { atLast: boolean }): Promise<void>;
}

/** @param isRecorded - known from the start; a turn learns it from its first report. */
export function createFacts(about: About, isRecorded = false): Facts {
  let isOn = isRecorded;
  let owed: Fact[] = [];

  return {
    isRecorded: () => isOn,
    asked(approval, isOwed) {
      if (isOwed) add(requestedFact(approval));
      add(...changesOf(undefined, approval));
    },
    changed: (before, after) => add(...changesOf(before, after)),
    noted({ approvalId, tool, argumentsDigest: digest }, outcome, output) {
      const now = { approvalId, tool, digest, at: new Date().toISOString() };
      if (outcome === 'executing') add({ ...now, is: 'started' });
      else if (outcome === 'not_executed') add({ ...now, is: 'cancelled' });
      else add({ ...now, is: 'ended', outcome, ...(output !== undefined && { output }) });
    },
    carry(approvalId) {
      const sentAt = new Date().toISOString();
      if (!isOn) return { sentAt };
      return {
        sentAt,
        record: owed.filter((fact) => approvalId === undefined || fact.approvalId === approvalId),
      };
    },
    answered({ record = [] }, writing) {
      if (writing === undefined) return;
      isOn = true;
      if (writing === 'written') owed = owed.filter((fact) => !record.includes(fact));
    },
    ended(approvalId, writing) {
      if (writing === 'written') owed = owed.filter((fact) => fact.approvalId !== approvalId);
    },
    settle,
  };

  function add(...facts: Fact[]): void {
    if (isOn) owed.push(...facts);
  }

  async function settle({ atLast } = { atLast: false }): Promise<void> {
    const facts = owed;
    if (facts.length === 0) return;
    try {
      const { record } = await writeRecord({ about, facts });
      if (record === 'owed' && atLast) await writeRecordAtLast({ about, facts });
      if (record === 'written' || atLast) owed = owed.filter((fact) => !facts.includes(fact));
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      log.warn('record.owed', { entries: facts.length, error: error.cause?.message });
      if (!atLast) return;
      await writeRecordAtLast({ about, facts });
      owed = owed.filter((fact) => !facts.includes(fact));
    }
  }
}
