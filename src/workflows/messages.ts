import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';

import type { Decision, Receipt } from '../contracts/approval/decision.ts';
import {
  DECISION_BYTES,
  GRANT_MOST_MS,
  NARROWER_MOST,
  NOTE_CHARACTERS,
  RESPONSE_CHARACTERS,
} from '../contracts/limits.ts';
import { inDigits, jsonBytes } from '../contracts/size.ts';
import type { News } from '../contracts/notice.ts';
import type { RequestShown } from '../contracts/request.ts';
import type { ConversationMemo, Say, TurnMemo, TurnRemains } from '../contracts/turn.ts';
import { NEWS_SIGNAL, TURN_LEFT_SIGNAL } from '../contracts/workflow-names.ts';
import { isNestedDeeply, isRecord, NO_RECORD, TOO_DEEP } from './receive/payloads.ts';

/**
 * The messages workflows understand. Their names and payloads are public API: webhooks, scripts and Temporal's own CLI send
 * them.
 */

/** To a turn or a request: a decision that needs an answer at once. */
export const decideNow = defineUpdate<Receipt, [Decision]>('decideNow');
/** The type of the failure that refuses a `decideNow` which would change nothing; its only detail is the receipt. */
export const CHANGES_NOTHING = 'Decision.ChangesNothing';
/** To a turn or a request: a decision that must survive even when no worker is up. */
export const decide = defineSignal<[Decision]>('decide');
/** To a turn: park what is still open, so that the run goes on without it. */
export const park = defineSignal('park');
/**
 * To a turn: its provider says that the run has changed. Only a hint: the turn looks there. An event that is delivered again
 * has the same id and is no news.
 */
export const runChanged = defineSignal<[RunHint]>('runChanged');
export interface RunHint {
  /** The provider's id of the event. */
  eventId: string;
  /** The run that has changed. */
  runId: string;
}
/** Of a turn, for debugging; readers use the memo. */
export const turnState = defineQuery<TurnMemo>('state');
/** Of a request, for debugging. */
export const requestState = defineQuery<RequestShown>('state');

/** Whether the turn runs or waits. */
export interface Said {
  status: 'queued' | 'running';
}

/** Why a message is refused: the failure types of a rejected `sayNow`. Nothing is stored, and the history has no event of it. */
export const REFUSED = {
  malformed: 'Say.Malformed',
  /** The turn id was used before, with another message. */
  reused: 'Say.Reused',
  /** The queue is full; details: how many messages wait. */
  full: 'Say.Full',
  /** A turn waits for decisions, and its assistant accepts no message; details: the turn's id and the approvals' ids. */
  rejected: 'Say.Rejected',
} as const;

/** To a notice: what became of its approval. */
export const news = defineSignal<[News]>(NEWS_SIGNAL);

/** To a conversation: a message that starts a turn; answers whether it runs or waits. */
export const sayNow = defineUpdate<Said, [Say]>('sayNow');
/** To a conversation: the same, durable even if no worker is up. */
export const say = defineSignal<[Say]>('say');
/** To a conversation: do not run a turn that waits in the queue. */
export const cancelQueued = defineSignal<[{ turnId: string }]>('cancelQueued');
/**
 * From a turn: it is over or parked, the conversation is free, and this is what the turn leaves. A turn sends it if it was asked, or if it
 * has no result to leave it in.
 */
export const turnLeft = defineSignal<[Left]>(TURN_LEFT_SIGNAL);
export interface Left extends TurnRemains {
  turnId: string;
}
/** From a turn whose assistant does not let messages wait: the approvals that hold it now. None if it continues. */
export const turnHeld = defineSignal<[Held]>('turnHeld');
export interface Held {
  turnId: string;
  /** What the assistant says of messages that come meanwhile. */
  whilePending: 'park' | 'reject';
  /** Those that are pending. */
  approvalIds: string[];
}
/** To a turn: a message waits, so report with `turnLeft` when the conversation is free. */
export const tellWhenFree = defineSignal('tellWhenFree');
/** Of a conversation, for debugging. */
export const conversationState = defineQuery<ConversationMemo & { threadId?: string; running?: string }>(
  'state',
);

/** To a question at the Handover: it may be answered, perhaps by this decision. The answer is read there first. */
export const hint = defineSignal<[{ decisionId?: string }]>('hint');

/** Fields `decide` must have, checked by hand because zod stays out of the workflow bundle. */
const DECISION_KINDS = new Set<unknown>(['approve', 'deny', 'edit', 'respond']);
const OPTIONAL_TEXTS = ['note', 'response', 'argumentsDigest', 'decidedAt', 'source', 'attestation'] as const;

/** Ids and groups go into the record, which takes no longer ones, and whose databases keep no other characters. */
const NAME_RULE = '1 to 200 characters of Unicode without NUL';
const GROUPS = 100;
const isName = (value: unknown) =>
  typeof value === 'string' && value.length > 0 && value.length <= 200 && isKept(value);
const isKept = (text: string) => text.isWellFormed() && !text.includes('\0');

const BOUND_TO = new Set<unknown>(['conversation', 'requester']);

function isGrant(value: unknown): boolean {
  if (!isRecord(value) || Object.keys(value).length !== 3) return false;
  const { forMs, narrowerBy, boundTo } = value;
  const isTime = Number.isSafeInteger(forMs) && Number(forMs) > 0 && Number(forMs) <= GRANT_MOST_MS;
  if (!isTime || !BOUND_TO.has(boundTo)) return false;
  return Array.isArray(narrowerBy) && narrowerBy.length <= NARROWER_MOST && narrowerBy.every(isName);
}

/** What is wrong with a decision's shape, as a sentence; `null` when it may be applied. */
export function decisionProblem(decision: unknown): string | null {
  if (!isRecord(decision)) return NO_RECORD;
  if (isNestedDeeply(decision)) return TOO_DEEP;
  const bytes = jsonBytes(decision);
  if (bytes > DECISION_BYTES)
    return `The payload has ${inDigits(bytes)} bytes as JSON, at most ${inDigits(DECISION_BYTES)} are allowed.`;
  if (typeof decision.approvalId !== 'string' || decision.approvalId === '')
    return 'approvalId must be a string.';
  if (!isName(decision.decisionId)) return `decisionId must be a text of ${NAME_RULE}.`;
  if (!DECISION_KINDS.has(decision.decision)) return 'decision must be approve, deny, edit or respond.';
  if (!isRecord(decision.approver) || !isName(decision.approver.id))
    return `approver must be an object with an id, a text of ${NAME_RULE}.`;
  const { groups } = decision.approver;
  if (groups !== undefined && !(Array.isArray(groups) && groups.length <= GROUPS && groups.every(isName)))
    return `approver.groups must be a list of at most ${GROUPS} texts of ${NAME_RULE}.`;
  for (const field of OPTIONAL_TEXTS) {
    if (decision[field] !== undefined && typeof decision[field] !== 'string')
      return `${field} must be a string.`;
  }
  if (decision.breakGlass !== undefined && decision.breakGlass !== true)
    return 'breakGlass must be true, or absent.';
  if (decision.grant !== undefined && !isGrant(decision.grant))
    return 'grant must be an object with forMs (a number), narrowerBy (names of arguments) and boundTo (conversation or requester).';
  if (decision.authenticated !== undefined && !isRecord(decision.authenticated))
    return 'authenticated must be an object.';
  // What a person writes is told to the model, beside what came of the action: a message that is too long would tell it nothing.
  for (const [field, characters] of [
    ['note', NOTE_CHARACTERS],
    ['response', RESPONSE_CHARACTERS],
  ] as const) {
    const text = decision[field];
    if (typeof text === 'string' && text.length > characters)
      return `${field} has ${inDigits(text.length)} characters, at most ${inDigits(characters)} are allowed.`;
  }
  if (decision.decision === 'edit' && !isRecord(decision.arguments))
    return 'arguments must be an object with edit.';
  if (decision.decision === 'respond' && !decision.response) return 'response must be a text with respond.';
  return null;
}
