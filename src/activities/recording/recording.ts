import { log } from '@temporalio/activity';
import type { ApplicationFailure } from '@temporalio/common';

import type { DecisionRecord } from '../../contracts/approval/decision.ts';
import type { ByGrant } from '../../contracts/approval/grant.ts';
import { beginningOfPresented } from '../../contracts/approval/presented.ts';
import type { ReviewedCall } from '../../contracts/approval/review.ts';
import { deadlinesOf, runDeadlineOf } from '../../contracts/deciding/deadlines.ts';
import type { About, Fact, Writing } from '../../contracts/recording/fact.ts';
import type { Asked, RunReport } from '../../contracts/run.ts';
import type { Recorded, TurnFacts } from '../../contracts/steps.ts';
import { isStoreDown, writeSoon, type Recorder } from '../../record/recorder.ts';
import { aheadOf, turnClock } from '../attempt.ts';
import { storeUnavailable } from './wait-for-store.ts';

/** Writes if the store can be used. What stays owed the workflow keeps, and gives to the next activity. */
async function writeNow(recorder: Recorder, about: About, facts: readonly Fact[]): Promise<Writing> {
  try {
    await writeSoon(recorder, about, facts);
    return 'written';
  } catch (error) {
    if (!isStoreDown(error)) throw error;
    log.warn('record.owed', { entries: facts.length, because: error.message });
    return 'owed';
  }
}

export function aboutTurn({ turnId, conversationId, context }: TurnFacts): About {
  return { tenant: context.tenant, turnId, conversationId };
}

/**
 * Writes what an activity was given to write, beside its own work. What lets the provider run a call is on disk before the provider hears of
 * it: the promise is to be awaited first.
 *
 * @throws ApplicationFailure `Record.Unavailable`, retryable, when an effect at the provider waits for it.
 */
export async function writeGiven(
  recorder: Recorder | undefined,
  { record: facts, ...turn }: TurnFacts & Recorded,
): Promise<Writing | undefined> {
  const isEffect = facts?.some(({ is }) => is === 'started') === true;
  if (recorder === undefined) {
    if (isEffect) throw storeUnavailable('this turn is recorded, and this worker has no store.');
    return undefined;
  }
  const writing = await writeNow(recorder, aboutTurn(turn), facts ?? []);
  if (writing === 'owed' && isEffect) throw storeUnavailable('it cannot be used now.');
  return writing;
}

/** Writes the questions of a report, and says when they were asked: one time and one deadline everywhere. One that was asked before keeps its time. */
export async function writeQuestions(
  recorder: Recorder,
  turn: TurnFacts & Recorded,
  seen: Pick<RunReport, 'timeLeftMs' | 'observedAtMs'> & { calls: readonly ReviewedCall[] },
): Promise<{ asked: Asked; record: Writing }> {
  const nowMs = Math.floor(turnClock(turn.sentAt)());
  const ends = runDeadlineOf(seen);
  const runDeadlineMs = ends === null ? null : ends + aheadOf(turn.sentAt);
  const facts = seen.calls.flatMap((call) => questionOf(call, turn, runDeadlineMs, nowMs));
  try {
    const entries = await writeSoon(recorder, aboutTurn(turn), facts);
    const atMs = Math.max(...entries.map(({ time }) => Date.parse(time)));
    return { asked: { atMs: Number.isFinite(atMs) ? atMs : nowMs, runDeadlineMs }, record: 'written' };
  } catch (error) {
    if (!isStoreDown(error)) throw error;
    log.warn('record.owed', { entries: facts.length, because: error.message });
    return { asked: { atMs: nowMs, runDeadlineMs }, record: 'owed' };
  }
}

function questionOf(
  call: ReviewedCall,
  { context, startedBy, assistant }: TurnFacts,
  runDeadlineMs: number | null,
  nowMs: number,
): Fact[] {
  if (call.kind === 'refused' || call.verdict.kind !== 'ask') return [];
  const { approvalId, tool, argumentsDigest, arguments: args, toolDescription, toolCallId } = call;
  const { runsAt, unmeetable, byGrant, presented } = call;
  const { reason, approvers, rule, notify } = call.verdict;
  const about = { approvalId, tool, digest: argumentsDigest, at: new Date(nowMs).toISOString() };
  return [
    {
      ...{ ...about, is: 'requested' },
      question: {
        ...{ arguments: args, assistant, toolCallId, toolDescription },
        ...deadlinesOf(call.verdict, runDeadlineMs, nowMs),
        runDeadline: runDeadlineMs === null ? null : new Date(runDeadlineMs).toISOString(),
        ...(reason !== undefined && { reason }),
        ...(approvers && { approvers }),
        ...(rule && { rule }),
        ...(context.user !== undefined && { requestedBy: context.user }),
        ...(startedBy !== undefined && { startedBy }),
        ...(byGrant ? { notify: { channels: [] } } : notify && { notify }),
        ...(runsAt && { runsAt }),
        ...(unmeetable !== undefined && { unmeetable }),
        ...(byGrant && { byGrant: shownGrant(byGrant) }),
        ...(presented?.by === 'tool' && { presented: beginningOfPresented(presented) }),
      },
    },
    ...(byGrant ? [letThrough(about, byGrant)] : []),
  ];
}

function shownGrant({ decision: _decision, ...grant }: ByGrant & { decision: unknown }): ByGrant {
  return grant;
}

/** Written with its question: at no moment does it wait for anybody. */
function letThrough(
  about: Pick<Fact, 'approvalId' | 'tool' | 'digest' | 'at'>,
  { grantId, decision }: ByGrant & { decision: DecisionRecord },
): Fact {
  return { ...about, is: 'settled', status: 'approved', decisionId: decision.decisionId, grantId };
}

/** Activities that do nothing but write, for what no other activity follows. */
export function createRecordActivities(recorder: Recorder | undefined) {
  return {
    /** Once, so that nothing waits for a store that is down. */
    async writeRecord({ about, facts, ifStored }: WriteRecord): Promise<{ record: Writing | 'unrecorded' }> {
      if (recorder === undefined && ifStored) return { record: 'unrecorded' };
      if (recorder === undefined) throw unrecorded();
      return { record: await writeNow(recorder, about, facts) };
    },

    /** The same, until it is written. */
    async writeRecordAtLast({ about, facts, ifStored }: WriteRecord): Promise<void> {
      if (recorder === undefined && ifStored) return;
      if (recorder === undefined) throw unrecorded();
      try {
        await recorder.write(about, facts);
      } catch (error) {
        throw isStoreDown(error) ? storeUnavailable(error.message) : error;
      }
    },
  };
}

export interface WriteRecord {
  about: About;
  facts: Fact[];
  /** Nobody knows yet whether there is a record. */
  ifStored?: boolean;
}

function unrecorded(): ApplicationFailure {
  return storeUnavailable('this turn is recorded, and this worker has no store.');
}
