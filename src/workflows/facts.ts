import { CancellationScope, isCancellation, log, TemporalFailure } from '@temporalio/workflow';

import type { ActionOutcome, AnyApproval } from '../contracts/approval/approval.ts';
import type { Decision } from '../contracts/approval/decision.ts';
import type { About, Fact, Writing } from '../contracts/recording/fact.ts';
import { changesOf, requestedFact } from '../contracts/recording/changes.ts';
import { createRefusalLimit, type Attempt } from '../contracts/recording/refusals.ts';
import { jsonBytes } from '../contracts/size.ts';
import type { Recorded } from '../contracts/steps.ts';
import { leaveFailures } from './faults.ts';
import { createOneAtATime, type OneAtATime } from './one-at-a-time.ts';
import { writeDecided, writeRecord, writeRecordAtLast } from './steps.ts';

/**
 * What has happened and does not stand in the record yet:
 *
 *   happened ──▶ owed ──an activity that runs anyway has written it──▶ written
 *                     ──nothing runs any more: `settle`────────────▶ written
 *                     ──a question, or a vote that leaves it open, which people must find in lists─▶ written by itself
 *
 * A turn whose worker has no store keeps nothing and costs nothing.
 */
export interface Facts {
  /** Somewhere a store keeps them. */
  isRecorded(): boolean;
  /**
   * A question was opened. `written`: an activity has written it. `owed`: none has. `now`: none has, and its time is that of this task; one
   * that is done again has another.
   */
  asked(approval: AnyApproval, how: 'written' | 'owed' | 'now'): void;
  changed(before: AnyApproval, after: AnyApproval): void;
  noted(approval: AnyApproval, outcome: ActionOutcome, output?: string): void;
  /** An attempt to decide did not count. Of too many by one person, or in all, no more is told. */
  refused(approval: AnyApproval, decision: Decision, reason: string): void;
  /** Whether another attempt by this person would be told. */
  tellsRefusals(person: string): boolean;
  /** For the input of an activity; of one approval, or all. */
  carry(approvalId?: string): Recorded;
  /** What an activity says of what it was given. */
  answered(given: Recorded, writing: Writing | undefined): void;
  /** The same of a tool's activity, which wrote the end of its effect as well. */
  ended(approvalId: string, writing: Writing | undefined): void;
  /**
   * Writes what is owed; what follows from a decision, only once that stands in the history. With `atLast` it is waited for until a store
   * that is down is back.
   */
  settle(way?: { atLast: boolean }): Promise<void>;
  /** For every local activity that may run beside another one. */
  oneAtATime: OneAtATime;
}

/** Those that no activity has written yet: a forger has as many names as they like, and all travel with the next one. */
const OWED_REFUSALS = 40;
const GROUPS = 20;

/** @param isRecorded - known from the start, or to be found out by the first writing; a turn learns it from its first report. */
export function createFacts(about: About, isRecorded: boolean | 'unknown' = false): Facts {
  let isOn = isRecorded !== false;
  let isKnown = isRecorded !== 'unknown';
  let owed: Fact[] = [];
  let isSoon = false;
  const refusals = createRefusalLimit(Date.now);
  const oneAtATime = createOneAtATime();
  /** Given to the activity with an effect, which writes them. */
  const given = new Set<Fact>();
  /** Of a time that is not in the history yet. */
  const ofThisTask = new Set<Fact>();
  const hasRoom = () => isOn && owed.filter(({ is }) => is === 'refused').length < OWED_REFUSALS;

  return {
    isRecorded: () => isOn && isKnown,
    asked(approval, how) {
      const fact = requestedFact(approval);
      if (how !== 'written') add(fact);
      if (how === 'now') ofThisTask.add(fact);
      add(...changesOf(undefined, approval));
      if (how !== 'written') writeSoon();
    },
    changed(before, after) {
      add(...changesOf(before, after));
      // Others are asked about something else now, or see whose vote is still missing.
      if (after.status !== 'pending') return;
      const isOther = after.argumentsDigest !== before.argumentsDigest;
      if (isOther || after.votes?.length !== before.votes?.length) writeSoon();
    },
    noted({ approvalId, tool, argumentsDigest: digest }, outcome, output) {
      const now = { approvalId, tool, digest, at: new Date().toISOString() };
      if (outcome === 'executing') add({ ...now, is: 'started' });
      else if (outcome === 'not_executed') add({ ...now, is: 'cancelled' });
      else add({ ...now, is: 'ended', outcome, ...(output !== undefined && { output }) });
    },
    tellsRefusals: (person) => hasRoom() && refusals.hasRoom(person),
    refused({ approvalId, tool, argumentsDigest: digest }, decision, reason) {
      if (!hasRoom() || !refusals.take(decision.approver.id)) return;
      const attempt = attemptOf(decision);
      add({ ...{ approvalId, tool, digest }, at: new Date().toISOString(), is: 'refused', attempt, reason });
    },
    carry(approvalId) {
      const sentAt = new Date().toISOString();
      if (!isOn) return { sentAt };
      const record = owed.filter((fact) => approvalId === undefined || fact.approvalId === approvalId);
      for (const fact of record) given.add(fact);
      return { sentAt, record };
    },
    answered({ record = [] }, writing) {
      if (writing === undefined) return;
      isOn = true;
      if (writing === 'written') owed = owed.filter((fact) => !record.includes(fact));
    },
    ended(approvalId, writing) {
      if (writing !== 'written') return;
      // Who tried something while the effect ran is told by the next activity.
      owed = owed.filter(
        (fact) => fact.approvalId !== approvalId || (fact.is === 'refused' && !given.has(fact)),
      );
    },
    settle,
    oneAtATime,
  };

  function add(...facts: Fact[]): void {
    if (isOn) owed.push(...facts);
  }

  /** Once for all questions of now, and nobody waits for it. */
  function writeSoon(): void {
    if (!isOn || isSoon) return;
    isSoon = true;
    void Promise.resolve()
      .then(() => {
        isSoon = false;
        return CancellationScope.nonCancellable(() => settle({ atLast: true }));
      })
      .catch(leaveFailures);
  }

  async function settle({ atLast } = { atLast: false }): Promise<void> {
    // What happens during the writing is not among what is written.
    const facts = [...owed];
    if (facts.length === 0) return;
    const writing = { about, facts, ...(!isKnown && { ifStored: true }) };
    try {
      const isQuestion = facts.every((fact) => fact.is === 'requested' && !ofThisTask.has(fact));
      const soon = isQuestion ? oneAtATime(() => writeRecord(writing)) : null;
      const { record } = await (soon ?? writeDecided(writing));
      isKnown = true;
      if (record === 'unrecorded') {
        isOn = false;
        owed = [];
        return;
      }
      if (record === 'owed' && atLast) await writeRecordAtLast(writing);
      if (record === 'written' || atLast) owed = owed.filter((fact) => !facts.includes(fact));
    } catch (error) {
      // Replay rejects with what stands in an ActivityFailure otherwise (timed-out.ts).
      if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
      log.warn('record.owed', { entries: facts.length, error: (error.cause ?? error).message });
      if (!atLast) return;
      await writeRecordAtLast(writing);
      owed = owed.filter((fact) => !facts.includes(fact));
    }
  }
}

/** No more of it than an entry needs. */
function attemptOf({ approvalId, decisionId, decision, approver, ...more }: Decision): Attempt {
  const { id, groups } = approver;
  const { authenticated, argumentsDigest } = more;
  return {
    ...{ approvalId, decisionId, decision },
    approver: { id, ...(groups && { groups: groups.slice(0, GROUPS) }) },
    ...(authenticated && jsonBytes(authenticated) < 4_000 && { authenticated }),
    ...(argumentsDigest !== undefined && argumentsDigest.length < 100 && { argumentsDigest }),
  };
}
