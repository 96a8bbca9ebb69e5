import { ApplicationFailure } from '@temporalio/common';
import OpenAI, { type APIError } from 'openai';

import { FAILURES, type FailureType } from '../contracts/failures/failures.ts';
import { shorten } from '../contracts/size.ts';

/** Statuses of the provider's answers, and what each means for us. Anything else of 400 and up is `Provider.BadRequest`. */
const BY_STATUS: Record<number, FailureType> = {
  401: 'Provider.Unauthorized',
  403: 'Provider.Forbidden',
  404: 'Provider.NotFound',
  408: 'Provider.Unavailable',
  409: 'Provider.Conflict',
  429: 'Provider.RateLimited',
};

const REMEDY: Partial<Record<FailureType, string>> = {
  'Provider.Unauthorized': 'Check OPENAI_API_KEY of the worker.',
  'Provider.Forbidden':
    'Give the key of the worker access to what the protocol in COUNTERSIGN_PROVIDER needs.',
  'Provider.NotFound':
    'Check what the application names by id (such as a vector store), OPENAI_BASE_URL and COUNTERSIGN_PROVIDER; OpenAI itself switched its Assistants endpoint off on 2026-08-26.',
  'Provider.Unreachable': 'Check OPENAI_BASE_URL and the network.',
};

/** A conversation that is busy with another response asks for "a few seconds". */
const BUSY_PAUSE_MS = 2_000;

/** The longest a provider may make us wait by its Retry-After. */
const LONGEST_PAUSE_MS = 5 * 60_000;
/**
 * A shorter wish than this is none, and Temporal's own pauses, which grow, apply: a pause of 0 is to Temporal no retry at all, and one
 * of 1 ms would be asked for in a loop.
 */
const SHORTEST_PAUSE_MS = 100;

/** Of the provider's own words. Some answer with whole pages, and a failure that is too large for Temporal could not be retried. */
const SAID_CHARACTERS = 500;

/**
 * Turns what the `openai` client threw into a failure of contracts/failures.ts, terminal or retryable by its type. A
 * Retry-After of the answer becomes the pause before Temporal's next attempt.
 *
 * @param doing - what was tried, as in "create the run"; the message names it.
 * @param remedies - what helps against one of these statuses here, in place of what usually does.
 */
export function toFailure(error: unknown, doing: string, remedies: Remedies = {}): unknown {
  if (!(error instanceof OpenAI.APIError)) return error;
  return fromApiError(error as ApiError, doing, remedies);
}

/** The request was refused for what it asks or when it comes: the run itself says whether it had its effect before. */
export function isBadRequest(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.type === 'Provider.BadRequest';
}

/** By the status of the answer. */
export type Remedies = Readonly<Record<number, string>>;

type ApiError = APIError;

function fromApiError(error: ApiError, doing: string, remedies: Remedies): ApplicationFailure {
  const type = failureType(error);
  const said =
    error.status === undefined ? 'it did not answer.' : `it answered ${error.status}: ${sentence(error)}`;
  const remedy = remedies[error.status ?? 0] ?? REMEDY[type];
  const pauseMs = retryAfterMs(error.headers) ?? (type === 'Run.ThreadBusy' ? BUSY_PAUSE_MS : undefined);
  return ApplicationFailure.create({
    type,
    message: `The provider did not ${doing}: ${said}${remedy === undefined ? '' : ` ${remedy}`}`,
    nonRetryable: isTerminal(error, type),
    ...(pauseMs === undefined ? {} : { nextRetryDelay: pauseMs }),
  });
}

/** The provider's own word on another try goes before ours; a conversation that is busy is free in a moment whatever it says. */
function isTerminal({ headers }: ApiError, type: FailureType): boolean {
  const word = type === 'Run.ThreadBusy' ? null : headers?.get('x-should-retry');
  if (word === 'true') return false;
  return word === 'false' || FAILURES[type] === 'terminal';
}

function failureType(error: ApiError): FailureType {
  const status = error.status;
  if (status === undefined) return 'Provider.Unreachable';
  // Retryable although it is a 400: another response of the conversation is under way.
  if (error.code === 'conversation_locked') return 'Run.ThreadBusy';
  // The quota is used up: waiting does not bring it back (code as OpenAI documents it).
  if (status === 429 && error.code === 'insufficient_quota') return 'Provider.Forbidden';
  // The same key with another body: sent again it is refused again.
  if (status === 409 && error.code === 'idempotency_conflict') return 'Provider.BadRequest';
  return BY_STATUS[status] ?? (status >= 500 ? 'Provider.Unavailable' : 'Provider.BadRequest');
}

/** The provider's own words, without the status the client puts before them. */
function sentence(error: ApiError): string {
  const body = error.error as { message?: unknown } | undefined;
  const text = shorten(typeof body?.message === 'string' ? body.message : error.message, SAID_CHARACTERS);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** `retry-after-ms` or `retry-after` (seconds or a date), bounded; undefined when absent, unreadable, or no pause to speak of. */
function retryAfterMs(headers: Headers | undefined): number | undefined {
  const ms = Number(headers?.get('retry-after-ms') ?? Number.NaN);
  const after = headers?.get('retry-after') ?? '';
  const seconds = Number(after === '' ? Number.NaN : after);
  const date = Date.parse(after) - Date.parse(headers?.get('date') ?? new Date().toUTCString());
  const pause = [ms, seconds * 1_000, date].find((value) => Number.isFinite(value) && value >= 0) ?? 0;
  return pause < SHORTEST_PAUSE_MS ? undefined : Math.min(Math.ceil(pause), LONGEST_PAUSE_MS);
}
