import { log } from '@temporalio/activity';

import type { Fact } from '../../contracts/recording/fact.ts';
import type { ExecuteInput, Executed } from '../../contracts/steps.ts';
import { isStoreDown, writeSoon, type Recorder } from '../../record/recorder.ts';
import { aboutTurn } from './recording.ts';
import type { Refused, Witnesses } from '../authority/sign-off.ts';
import { NotBegunError, storeUnavailable, whenStoreAnswers, type WaitingForStore } from './wait-for-store.ts';

/** Waits for something that the tool's own limit is not about. */
export type Aside = <T>(wait: () => Promise<T>) => Promise<T>;

/** The turn was cancelled before anything began. */
export interface NotBegun {
  kind: 'not begun';
  message: string;
}

export type Look = (
  more: Pick<Witnesses, 'revoked' | 'idsOf' | 'grantOf'>,
) => Promise<Refused | NotBegun | null>;

export interface Effect {
  isRecorded: boolean;
  /** Whether an earlier attempt may have begun it. The record knows, because nothing begins before it says so. */
  mayHaveBegun(aside: Aside): Promise<boolean>;
  /**
   * Looks once more and writes that it begins. The tool's own limit is not about either. A store that cannot be used is waited for, and
   * then looked again.
   *
   * @returns why it must not begin; null once it stands in the record.
   */
  begin(look: Look, aside: Aside): Promise<Refused | NotBegun | null>;
  /** Writes how it ended. A store that went down meanwhile loses nothing: the workflow is told that the entry is owed. */
  ended(executed: Executed): Promise<Executed>;
}

/** An effect whose begin and end stand in the record. One that no person signed off is none of the record's. */
export function recordedEffect(
  recorder: Recorder | undefined,
  { record: given, call, approval, ...turn }: ExecuteInput,
  attempt: {
    tell: (details: WaitingForStore | undefined) => void;
    /** Now, on the turn's clock. */
    clock: () => number;
  },
): Effect {
  if (given === undefined || approval === undefined) return UNRECORDED;
  if (recorder === undefined) throw storeUnavailable('this turn is recorded, and this worker has no store.');
  const about = aboutTurn(turn);
  const { tenant } = about;
  const { approvalId, tool, argumentsDigest: digest } = call;
  const now = (): Pick<Fact, 'approvalId' | 'tool' | 'digest' | 'at'> => ({
    ...{ approvalId, tool, digest },
    at: new Date(Math.floor(attempt.clock())).toISOString(),
  });
  const storeAnswers = <T>(work: () => Promise<T>, aside: Aside) =>
    aside(() => whenStoreAnswers(work, attempt.tell));

  const people = approval.votes.map(({ approver }) => approver.id);
  const asked: Parameters<Look>[0] = {
    revoked: () => recorder.revokedAmong(tenant, people),
    idsOf: (of, names) => recorder.idsOf(of, names),
    grantOf: (of, grantId) => recorder.grants.find(of, grantId),
  };

  let hasBegun = false;
  /** @returns false while the store cannot be used. */
  async function start(): Promise<boolean> {
    try {
      await recorder?.write(about, [...(given ?? []), { is: 'started', ...now() }]);
      return true;
    } catch (error) {
      if (isStoreDown(error)) return false;
      throw error;
    }
  }

  return {
    isRecorded: true,
    // A turn that was reset may have run it before there was a store.
    mayHaveBegun: async (aside) =>
      turn.isRepeat === true || (await storeAnswers(() => recorder.hasStarted(tenant, approvalId), aside)),

    async begin(look, aside) {
      try {
        for (;;) {
          // After a wait all of it is looked at again: who was asked before may be revoked by then.
          const refused = await storeAnswers(() => look(asked), aside);
          if (refused !== null) return refused;
          hasBegun = await aside(() => start());
          if (hasBegun) return null;
          // What was seen may hold no longer after a wait.
          await storeAnswers(() => recorder.write(about, given), aside);
        }
      } catch (error) {
        if (error instanceof NotBegunError) return { kind: 'not begun', message: error.message };
        throw error;
      }
    },

    async ended(executed) {
      const { outcome, output } = executed;
      const end: Fact = { is: 'ended', ...now(), outcome, ...(output !== '' && { output }) };
      try {
        // What was given was written with its begin.
        await writeSoon(recorder, about, hasBegun ? [end] : [...given, end], { hasBegun });
        return { ...executed, record: 'written' };
      } catch (error) {
        if (!isStoreDown(error)) throw error;
        log.warn('record.owed', {
          approvalId,
          outcome,
          because: error.message,
        });
        return { ...executed, record: 'owed' };
      }
    },
  };
}

const UNRECORDED: Effect = {
  isRecorded: false,
  mayHaveBegun: () => Promise.resolve(true),
  begin: (look, aside) => aside(() => look({})),
  ended: (executed) => Promise.resolve(executed),
};
