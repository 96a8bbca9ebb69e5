import type { Selectable } from 'kysely';

import type { NoticeKind } from '../../contracts/notice.ts';
import { toIso } from '../database.ts';
import type { Tables } from '../tables.ts';

export type Row = Selectable<Tables['notices']>;

/** One way to reach a person. */
export interface Way {
  channel: string;
  address: string;
}

/** Somebody is to be told of an approval. */
export interface NewNotice {
  /** `approvalId:rung:person:channel`: one is planned once. */
  key: string;
  approvalId: string;
  conversationId: string | null;
  personId: string;
  rung: number;
  kind: NoticeKind;
  /** The first is tried first; another one when it fails for good. */
  ways: readonly Way[];
  /** Not before, in ms since 1970. */
  dueMs: number;
}

/**
 * How far it is. `held`: it waits, because the person was told too often. `sending` is also what nobody knows to have arrived, until its
 * next attempt. `dropped`: the question was over before.
 *
 *   planned ──take──▶ sending ──▶ sent
 *      ▲  └──too many──▶ held      ├──▶ failed, for good; unknown, if it may have arrived all the same
 *      └──tried again later────────┘
 *
 * `sent` and `unknown` become `failed`, too: when they cannot be told how the question ended.
 */
export type NoticeState = 'planned' | 'held' | 'sending' | 'sent' | 'failed' | 'unknown' | 'dropped';

export interface Notice extends NewNotice {
  state: NoticeState;
  attempts: number;
  /** Of the message that tells of it, the key of one of its notices. */
  messageId: string | null;
  /** What the channel needs to change the message. */
  reference: unknown;
  /** Of the notice whose key the message bears: a digest of what it shows by now; null when nobody knows. */
  shown: string | null;
  sentAt: string | null;
  /** When the message told how it ended; of one that has failed, when telling that did. */
  endedAt: string | null;
  /** Why it has not arrived, or not yet. */
  error: string | null;
}

export function toRow(tenant: string, notice: NewNotice): Row {
  const { key, approvalId, conversationId, personId, rung, kind, ways, dueMs } = notice;
  return {
    ...{ tenant, key, rung, kind, channel: ways[0]?.channel ?? '', ways: JSON.stringify(ways) },
    ...{ approval_id: approvalId, conversation_id: conversationId, person_id: personId },
    ...{ state: 'planned', due_at: dueMs, claimed_until: 0, claimed_by: null, attempts: 0 },
    ...{ message_id: null, reference: null, shown: null, sent_at: null, ended_at: null, error: null },
  };
}

export function fromRow(row: Row): Notice {
  return {
    ...{ key: row.key, approvalId: row.approval_id, conversationId: row.conversation_id },
    ...{ personId: row.person_id, rung: row.rung, kind: row.kind as NoticeKind, dueMs: row.due_at },
    ways: JSON.parse(row.ways) as Way[],
    ...{ state: row.state as NoticeState, attempts: row.attempts, messageId: row.message_id },
    reference: row.reference === null ? null : (JSON.parse(row.reference) as unknown),
    shown: row.shown,
    sentAt: row.state === 'sent' && row.sent_at !== null ? toIso(row.sent_at) : null,
    endedAt: row.ended_at === null ? null : toIso(row.ended_at),
    error: row.error,
  };
}
