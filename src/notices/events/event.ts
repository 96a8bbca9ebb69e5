import { createHash } from 'node:crypto';

import type { EventType } from '../../contracts/events.ts';
import type { NewEntry } from '../../store/entry.ts';

/** The events that entries are, by their kinds. */
const TYPES: Partial<Record<NewEntry['kind'], EventType>> = {
  requested: 'approval.requested',
  voted: 'approval.voted',
  'break-glass': 'approval.voted',
  settled: 'approval.settled',
  cancelled: 'approval.settled',
  expired: 'approval.expired',
  escalated: 'approval.escalated',
  executed: 'action.executed',
  failed: 'action.failed',
  unknown: 'action.unknown',
  stale: 'action.stale',
};

/** An event that is ready to be sent. */
export interface Event {
  /** The `webhook-id`. It holds no full stop, because one parts the words that are signed. */
  id: string;
  type: EventType;
  /** `{type, timestamp, data}`, as the specification of Standard Webhooks has it. */
  body: string;
}

/** @returns undefined for an entry that is no event. */
export function typeOf(kind: NewEntry['kind']): EventType | undefined {
  return TYPES[kind];
}

/**
 * The event that an entry is. It names things and holds no content: no arguments, no notes, no outputs.
 *
 * @returns null for an entry that is no event.
 */
export function eventOf(tenant: string, entry: NewEntry): Event | null {
  const type = typeOf(entry.kind);
  if (type === undefined) return null;
  const { id: entryId, time, kind, approvalId, turnId, conversationId, tool, digest, deadline } = entry;
  const { requester: requestedBy, decisionId, decision, person, reason: channel } = entry;
  const data = {
    ...{ tenant, entryId, approvalId, turnId, conversationId, tool, argumentsDigest: digest },
    ...{ requestedBy, deadline, decisionId, decision, person: person?.id },
    ...(entry.rule?.approvers && { approvers: entry.rule.approvers }),
    ...(kind === 'break-glass' && { isBreakGlass: true }),
    ...(type === 'approval.settled' && { status: entry.status ?? 'cancelled' }),
    ...(kind === 'escalated' && { channel }),
  };
  return { id: eventIdOf(tenant, entryId), type, body: JSON.stringify({ type, timestamp: time, data }) };
}

/** Follows from the entry, so an event that is heard of twice is one. */
export function eventIdOf(tenant: string, entryId: string): string {
  return `evt_${createHash('sha256').update(`${tenant}\n${entryId}`).digest('hex').slice(0, 40)}`;
}
