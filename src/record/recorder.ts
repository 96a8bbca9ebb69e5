import { setTimeout as sleep } from 'node:timers/promises';

import type { Entry } from '@countersign/receipts';

import type { About, Fact } from '../contracts/recording/fact.ts';
import { StoreUnavailableError } from '../store/errors.ts';
import type { Grants } from '../store/grants.ts';
import type { Store } from '../store/store.ts';
import { startedId, toEntry } from './entries.ts';
import { newsOf, type Audience } from './heard.ts';
import { toIndexChanges } from './index-rows.ts';
import { whyNobodyCanMeet, type AskedOf } from './nobody-can-meet.ts';

/** Writes what happened to approvals into the record, and what lists need into the index. */
export interface Recorder {
  /**
   * Writes the entries of these facts, and what they change in lists, in one transaction. Those that are there stay as they are, so it is safe to ask again.
   *
   * @param more.hasBegun - the effect that has ended is known to have begun.
   * @returns the entries in the order of the facts.
   * @throws StoreUnavailableError: nothing is lost, and it is to be asked again.
   */
  write(about: About, facts: readonly Fact[], more?: { hasBegun?: boolean }): Promise<Entry[]>;
  /** @throws StoreUnavailableError */
  hasStarted(tenant: string, approvalId: string): Promise<boolean>;
  /**
   * Those of these people whose right has been taken away, under whichever name they come: an id, a mail address, a Slack id, or one of
   * these at the Handover.
   *
   * @throws StoreUnavailableError
   */
  revokedAmong(tenant: string, people: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * The directory's ids of those it knows under these names, also at the Handover; others keep theirs.
   *
   * @throws StoreUnavailableError
   */
  idsOf(tenant: string, names: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /**
   * Why nobody of the directory can meet a rule; null when they can.
   *
   * @throws StoreUnavailableError
   */
  whyNobodyCanMeet(tenant: string, asked: AskedOf): Promise<string | null>;
  /** Grants, each as it stands. @throws StoreUnavailableError */
  grants: Pick<Grants, 'find' | 'matching'>;
}

const HANDOVER = /^handover:/;

/** @param audience - who hears of what is written; nobody by default. */
export function createRecorder(
  { record, people, revocations, grants }: Pick<Store, 'record' | 'people' | 'revocations' | 'grants'>,
  audience?: Audience,
): Recorder {
  const hasStarted: Recorder['hasStarted'] = async (tenant, approvalId) => {
    const entries = await record.ofApproval(tenant, approvalId);
    return entries.some(({ id }) => id === startedId(approvalId));
  };

  /** `started` is written before every effect. Where it is missing, nothing has run, whatever the workflow had to assume. */
  async function withoutUnbegun({ tenant }: About, facts: readonly Fact[]): Promise<Fact[]> {
    const begun = new Set(facts.filter(({ is }) => is === 'started').map(({ approvalId }) => approvalId));
    const told: Fact[] = [];
    for (const fact of facts) {
      const isIn = fact.is !== 'ended' || fact.outcome === 'stale' || begun.has(fact.approvalId);
      const holds = isIn || (await hasStarted(tenant, fact.approvalId));
      told.push(holds ? fact : { ...fact, outcome: 'stale' });
    }
    return told;
  }

  return {
    async write(about, facts, { hasBegun = false } = {}) {
      if (facts.length === 0) return [];
      const { tenant } = about;
      const told = hasBegun ? facts : await withoutUnbegun(about, facts);
      const written = told.map((fact) => toEntry(about, fact));
      const asked = written.map(({ entry }) => entry);
      const news = newsOf(told, asked, audience);
      const contents = written.flatMap((one) => one.contents);
      const entries = await record.append(tenant, asked, contents, {
        news,
        changes: toIndexChanges(about, told, asked),
      });
      if (news.length > 0) audience?.nudge?.();
      return entries;
    },

    hasStarted,
    grants,
    whyNobodyCanMeet: (tenant, asked) => whyNobodyCanMeet(people, tenant, asked),

    async idsOf(tenant, names) {
      const bare = (name: string) => name.replace(HANDOVER, '');
      const ids = await people.whoAre(tenant, names.map(bare));
      return new Map(names.map((name) => [name, ids.get(bare(name)) ?? name]));
    },

    async revokedAmong(tenant, ids) {
      const named = ids.map((id) => ({ id, names: [id, id.replace(HANDOVER, '')] }));
      const all = named.flatMap(({ names }) => names);
      const revoked = new Set(await revocations.revokedAmong(tenant, all));
      return new Set(
        named.filter(({ names }) => names.some((name) => revoked.has(name))).map(({ id }) => id),
      );
    },
  };
}

/** Nobody waits longer for an entry that may follow: a question is shown, a reply is given. */
const SOON_MS = 2_000;

/**
 * Writes if the store answers soon.
 *
 * @throws StoreUnavailableError: it may still be written, and is to be asked again.
 */
export function writeSoon(recorder: Recorder, ...asked: Parameters<Recorder['write']>): Promise<Entry[]> {
  return answersSoon(recorder.write(...asked), SOON_MS);
}

/** @throws StoreUnavailableError when the store takes longer. */
export async function answersSoon<T>(answer: Promise<T>, withinMs: number): Promise<T> {
  const isOver = new AbortController();
  answer.catch(() => undefined); // it is heard below, or nobody waits any more
  try {
    const late = sleep(withinMs, LATE, { signal: isOver.signal });
    const given = await Promise.race([answer, late]);
    if (given !== LATE) return given;
    throw new StoreUnavailableError('locked', `The store has not answered within ${withinMs} ms.`);
  } finally {
    isOver.abort();
  }
}

const LATE = Symbol('late');

/** The store cannot be used now; anything else is a fault of ours. */
export function isStoreDown(error: unknown): error is StoreUnavailableError {
  return error instanceof StoreUnavailableError;
}
