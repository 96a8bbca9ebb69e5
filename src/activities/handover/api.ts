import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';

import { inDigits } from '../../contracts/size.ts';
import { pauseOf } from '../../notices/http/retry-after.ts';

/** The Handover's side of HTTP: where it is, how it is asked, and what its answers mean to an activity. */

export interface Handover {
  /** Its base URL; `/decisions` is added. */
  url: string;
  apiKey: string;
  /** Whom it notifies, in its own words; its own default when absent. */
  approver?: string | undefined;
  /** The base URL under which it reaches our gateway; without one it is only asked at intervals. */
  callbackUrl?: string | undefined;
  /** Groups that its people count as members of, for policies that name `approvers`. */
  groups?: readonly string[] | undefined;
  /** Between two looks; it grows from the first to the longest. @default 2 s and 1 min, 10 min with a callback */
  pausesMs?: { first: number; longest: number } | undefined;
}

const LIMIT_MS = 15_000;
const ANSWER_BYTES = 1_000_000;
/** A key that is refused is mended by a person; until then it is tried now and then, and the question stays in the inbox. */
const UNAUTHORIZED_PAUSE_MS = 60_000;

const id = z.string().min(1).max(200);
const text = z.string().nullish();
const CreatedSchema = z.looseObject({ id });
const DecisionSchema = z.looseObject({
  id,
  status: z.string(),
  action: text,
  response_notes: text,
  resolved_by: text,
  resolved_at: text,
});
export type HandoverDecision = z.infer<typeof DecisionSchema>;

/**
 * Asks a person there.
 *
 * @param idempotencyKey - the same for every repetition; a Handover that does not know the header asks twice.
 * @returns the id of the decision.
 * @throws ApplicationFailure `Handover.…`, retryable but for a request it refuses as such.
 */
export async function createDecision(
  handover: Handover,
  body: object,
  idempotencyKey: string,
): Promise<string> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
  const answer = await request(handover, '/decisions', {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  if (answer.status >= 400) {
    const message = `The Handover refuses the question with ${answer.status}. Check COUNTERSIGN_HANDOVER_URL and COUNTERSIGN_HANDOVER_APPROVER.`;
    throw ApplicationFailure.nonRetryable(message, 'Handover.Refused');
  }
  return parsed(CreatedSchema, answer.text).id;
}

/** Reads a decision with our key; null when there is none of this id. */
export async function readDecision(handover: Handover, decisionId: string): Promise<HandoverDecision | null> {
  const answer = await request(handover, `/decisions/${encodeURIComponent(decisionId)}`, { method: 'GET' });
  if (answer.status === 404 || answer.status === 410) return null;
  if (answer.status >= 400) throw failed('Handover.Refused', `The Handover answered ${answer.status}.`);
  const decision = parsed(DecisionSchema, answer.text);
  if (decision.id !== decisionId) throw unexpected('it is about another decision');
  return decision;
}

/** Sends one request; what is worth another try is thrown here. Redirects are not followed: the key is not theirs. */
async function request(
  { url, apiKey }: Handover,
  path: string,
  init: RequestInit,
): Promise<{ status: number; text: string }> {
  const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${apiKey}` };
  const signal = AbortSignal.timeout(LIMIT_MS);
  let status: number;
  let retryAfter: string | null;
  let answer: string;
  try {
    const response = await fetch(`${url.replace(/\/+$/, '')}${path}`, {
      ...init,
      headers: { accept: 'application/json', 'user-agent': 'countersign', ...headers },
      redirect: 'manual',
      signal,
    });
    status = response.status;
    retryAfter = response.headers.get('retry-after');
    answer = await readBounded(response);
  } catch (error) {
    if (error instanceof ApplicationFailure) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw failed('Handover.Unreachable', `The Handover does not answer: ${why}`);
  }
  const pauseMs = pauseOf(retryAfter);
  if (status === 401 || status === 403) {
    const message = `The Handover refuses our key with ${status}. Set COUNTERSIGN_HANDOVER_API_KEY to one it knows and restart the workers.`;
    throw failed('Handover.Unauthorized', message, pauseMs ?? UNAUTHORIZED_PAUSE_MS);
  }
  if (status === 429) throw failed('Handover.RateLimited', 'The Handover asks for fewer requests.', pauseMs);
  if ([408, 409, 425].includes(status) || status >= 500)
    throw failed('Handover.Unavailable', `The Handover answered ${status}.`, pauseMs);
  if (status >= 300 && status < 400) throw unexpected(`${status}, a redirect; those are not followed`);
  return { status, text: answer };
}

/** No more than any answer of theirs can have. */
async function readBounded({ body }: Response): Promise<string> {
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as ReadableStream<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES) throw unexpected(`it has more than ${inDigits(ANSWER_BYTES)} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parsed<Schema extends z.ZodType>(schema: Schema, answer: string): z.output<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(answer);
  } catch {
    throw unexpected('it is not JSON');
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const fields = result.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  throw unexpected(fields.join('; '));
}

/** Their words are not repeated: they may hold anything. */
function unexpected(why: string): ApplicationFailure {
  const message = `The Handover's answer cannot be used: ${why}. Check COUNTERSIGN_HANDOVER_URL.`;
  return failed('Handover.UnexpectedAnswer', message);
}

function failed(type: string, message: string, pauseMs?: number): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    ...(pauseMs !== undefined && { nextRetryDelay: pauseMs }),
  });
}
