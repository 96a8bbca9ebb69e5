import { conversationOfTurn, turnOfApproval } from '../../contracts/ids.ts';
import { CONTEXT_BYTES, LEFT_BYTES, ROUND_CALLS, SAY_BYTES } from '../../contracts/limits.ts';
import { inDigits, jsonBytes } from '../../contracts/size.ts';

/**
 * What is wrong with the shape of a message, as a sentence; `null` when it may be taken. By hand, because zod stays out of the workflow
 * bundle. Anybody with access to the namespace may send anything, and an error thrown over it would keep the workflow from ever going on.
 */
export type ProblemOf = (payload: unknown) => string | null;

/** Ids that are compared or carried along, and never made by people. */
const ID_CHARACTERS = 200;
const NAME_CHARACTERS = 64;
/** As contracts/search-key.ts makes it: fifty of them are as much as a search attribute holds, and a larger one no server takes. */
const USER_KEY = /^[0-9a-f]{32}$/;
/** It travels with every call of a round. The tenant is added to what was sent. */
const SENT_CONTEXT_BYTES = CONTEXT_BYTES + 200;
/** What is nested more deeply, no code of ours could write down again: the stack of JSON.stringify ends at some thousands. */
const LEVELS = 500;

export const NO_RECORD = 'The payload must be one JSON object.';
export const TOO_DEEP = `The payload must not be nested more than ${LEVELS} levels deep.`;

const WHILE_PENDING: ReadonlySet<unknown> = new Set(['park', 'reject']);
const ROLES: ReadonlySet<unknown> = new Set(['user', 'assistant', 'tool', 'summary']);

/** Of `say` and `sayNow`, to this conversation of this tenant. */
export function sayProblem(payload: unknown, conversationId: string, tenant: string): string | null {
  if (!isRecord(payload)) return NO_RECORD;
  if (isNestedDeeply(payload)) return TOO_DEEP;
  const { turnId, message, context, assistant, bodyDigest, userKey, attachments, metadata, startedBy } =
    payload;
  const bytes = jsonBytes(payload);
  if (bytes > SAY_BYTES)
    return `The payload has ${inDigits(bytes)} bytes as JSON, at most ${inDigits(SAY_BYTES)} are allowed.`;
  if (!isTurnOf(turnId, conversationId))
    return `turnId must be "${conversationId}", a dot, and 12 to 32 lower-case letters or digits.`;
  if (typeof message !== 'string' || message === '') return 'message must be a text that is not empty.';
  if (!isRecord(context) || context.tenant !== tenant)
    return `context must be an object whose tenant is "${tenant}".`;
  if (jsonBytes(context) > SENT_CONTEXT_BYTES)
    return `context must have at most ${inDigits(SENT_CONTEXT_BYTES)} bytes as JSON.`;
  if (context.user !== undefined && typeof context.user !== 'string') return 'context.user must be a string.';
  if (!isOptionalText(assistant, NAME_CHARACTERS))
    return `assistant must be a string of at most ${NAME_CHARACTERS} characters.`;
  if (!isOptionalText(bodyDigest, NAME_CHARACTERS))
    return `bodyDigest must be a string of at most ${NAME_CHARACTERS} characters.`;
  if (!isOptionalText(startedBy, ID_CHARACTERS))
    return `startedBy must be a string of at most ${ID_CHARACTERS} characters.`;
  if (userKey !== undefined && !(isText(userKey) && USER_KEY.test(userKey)))
    return 'userKey must be 32 digits and letters from a to f.';
  if (attachments !== undefined && !(Array.isArray(attachments) && attachments.every(isAttachment)))
    return 'attachments must be a list of objects with a fileId and perhaps tools.';
  if (metadata !== undefined && !(isRecord(metadata) && Object.values(metadata).every(isText)))
    return 'metadata must be an object of strings.';
  return null;
}

/** Of `cancelQueued`. */
export function cancelProblem(payload: unknown, conversationId: string): string | null {
  if (!isRecord(payload)) return NO_RECORD;
  return turnProblem(payload.turnId, conversationId);
}

/** Of `turnHeld`. Approvals that are not the turn's hold nobody. */
export function heldProblem(payload: unknown, conversationId: string): string | null {
  if (!isRecord(payload)) return NO_RECORD;
  const { turnId, whilePending, approvalIds } = payload;
  const wrongTurn = turnProblem(turnId, conversationId);
  if (wrongTurn !== null) return wrongTurn;
  if (!WHILE_PENDING.has(whilePending)) return 'whilePending must be park or reject.';
  if (!Array.isArray(approvalIds) || approvalIds.length > ROUND_CALLS)
    return `approvalIds must be a list of at most ${ROUND_CALLS}.`;
  const isOfTurn = (id: unknown): boolean => isText(id) && turnOfApproval(id) === turnId;
  return approvalIds.every(isOfTurn) ? null : 'approvalIds must all be approvals of the turn.';
}

/** Of `turnLeft`. */
export function leftProblem(payload: unknown, conversationId: string): string | null {
  if (!isRecord(payload)) return NO_RECORD;
  const { turnId, threadId, transcript } = payload;
  const wrongTurn = turnProblem(turnId, conversationId);
  if (wrongTurn !== null) return wrongTurn;
  if (isNestedDeeply(payload)) return TOO_DEEP;
  const bytes = jsonBytes(payload);
  if (bytes > LEFT_BYTES)
    return `The payload has ${inDigits(bytes)} bytes as JSON, at most ${inDigits(LEFT_BYTES)} are allowed.`;
  if (threadId !== undefined && !isId(threadId))
    return `threadId must be a string of 1 to ${ID_CHARACTERS} characters.`;
  if (transcript !== undefined && !(Array.isArray(transcript) && transcript.every(isEntry)))
    return 'transcript must be a list of objects with the role user, assistant, tool or summary.';
  return null;
}

/** Of `hint`, to a question at the Handover. */
export const hintProblem: ProblemOf = (payload) => {
  if (!isRecord(payload)) return NO_RECORD;
  if (payload.decisionId === undefined || isId(payload.decisionId)) return null;
  return `decisionId must be a string of 1 to ${ID_CHARACTERS} characters.`;
};

/** Of `runChanged`. */
export const runHintProblem: ProblemOf = (payload) => {
  if (!isRecord(payload)) return NO_RECORD;
  if (!isId(payload.eventId)) return `eventId must be a string of 1 to ${ID_CHARACTERS} characters.`;
  if (!isId(payload.runId)) return `runId must be a string of 1 to ${ID_CHARACTERS} characters.`;
  return null;
};

const NEWS: ReadonlySet<unknown> = new Set(['voted', 'edited', 'settled', 'expired', 'cancelled']);
/** An entry's: it holds ids of an approval and of a decision. */
const ENTRY_ID_CHARACTERS = 2_000;

/** Of `news`. */
export const newsProblem: ProblemOf = (payload) => {
  if (!isRecord(payload)) return NO_RECORD;
  if (!isText(payload.id) || payload.id.length > ENTRY_ID_CHARACTERS)
    return `id must be a string of at most ${ENTRY_ID_CHARACTERS} characters.`;
  return NEWS.has(payload.is) ? null : 'is must be voted, edited, settled, expired or cancelled.';
};

export function isNestedDeeply(value: unknown, levels = LEVELS): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isNestedDeeply(inner, levels - 1));
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function turnProblem(turnId: unknown, conversationId: string): string | null {
  return isTurnOf(turnId, conversationId) ? null : `turnId must be that of a turn of "${conversationId}".`;
}

function isTurnOf(turnId: unknown, conversationId: string): boolean {
  return isText(turnId) && conversationOfTurn(turnId) === conversationId;
}

function isAttachment(value: unknown): boolean {
  if (!isRecord(value) || !isText(value.fileId)) return false;
  return value.tools === undefined || (Array.isArray(value.tools) && value.tools.every(isText));
}

/** As far as anything is done with it before the provider's file takes it. */
function isEntry(value: unknown): boolean {
  if (!isRecord(value) || !ROLES.has(value.role)) return false;
  switch (value.role) {
    case 'user':
      return isText(value.text);
    case 'assistant':
      return (value.text === null || isText(value.text)) && isOptionalList(value.calls);
    case 'tool':
      return isText(value.toolCallId) && isText(value.output);
    default:
      return Array.isArray(value.turns) && value.turns.every(isRecord);
  }
}

function isOptionalList(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every(isRecord));
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isId(value: unknown): boolean {
  return isText(value) && value !== '' && value.length <= ID_CHARACTERS;
}

function isOptionalText(value: unknown, characters: number): boolean {
  return value === undefined || (isText(value) && value.length <= characters);
}
