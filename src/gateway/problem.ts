import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

import type { FieldProblem } from '../contracts/approval/decision.ts';

/**
 * Every way the gateway says no (RFC 9457). A problem's `type` is `urn:countersign:problem:<key>`; the keys are public API,
 * clients branch on them.
 */
export const PROBLEMS = {
  'invalid-request': [400, 'The request is not valid'],
  'not-json': [400, 'The body is not JSON'],
  unauthorized: [401, 'No valid API key'],
  'webhook-not-verified': [401, 'The webhook could not be verified'],
  'missing-scope': [403, 'The API key may not do this'],
  'not-an-approver': [403, 'This approver may not decide'],
  'source-not-allowed': [403, 'The webhook source may not name this approver'],
  'own-request': [403, 'The requester may not decide'],
  revoked: [403, 'This person may decide no more'],
  'authentication-too-old': [403, 'The person must sign in again'],
  'break-glass-refused': [403, 'The glass may not be broken'],
  unattested: [403, 'The decision is not signed by a trusted key'],
  'not-signed-in': [401, 'Not signed in'],
  'sign-in-refused': [403, 'The sign-in was refused'],
  'identity-provider-unavailable': [503, 'The identity provider does not answer'],
  'cross-site': [403, 'The form was not sent from this inbox'],
  'not-found': [404, 'There is nothing at this address'],
  'conversation-not-found': [404, 'There is no such conversation'],
  'turn-not-found': [404, 'There is no such turn'],
  'file-not-found': [404, 'There is no such file'],
  'approval-not-found': [404, 'There is no such approval'],
  'grant-not-found': [404, 'There is no such grant'],
  'request-not-found': [404, 'There is no such request'],
  'file-not-downloadable': [403, 'The file cannot be downloaded'],
  'method-not-allowed': [405, 'The method is not allowed here'],
  'approvals-pending': [409, 'The conversation waits for decisions'],
  'approval-already-decided': [409, 'The approval is already decided'],
  'already-voted': [409, 'This person has voted before'],
  'digest-mismatch': [409, 'The arguments are not the ones that were shown'],
  'approval-expired': [410, 'The approval has expired'],
  'approval-cancelled': [410, 'The approval was cancelled'],
  'body-too-large': [413, 'The body is too large'],
  'too-large': [413, 'A part of the request is too large'],
  'unsupported-media-type': [415, 'The content type is not supported'],
  'invalid-body': [422, 'The body is not valid'],
  'malformed-decision': [422, 'The decision is malformed'],
  'invalid-arguments': [422, 'The edited arguments are not valid'],
  'forbidden-by-policy': [422, 'The policy forbids the edited arguments'],
  'note-required': [422, 'The policy wants a reason'],
  'decision-not-possible': [422, 'The decision is not possible here'],
  'decision-under-review': [409, 'Another decision is being checked'],
  'decision-id-reused': [422, 'The decision id was used for another decision'],
  'idempotency-key-reused': [422, 'The Idempotency-Key was used for another request'],
  'callback-not-allowed': [422, 'The callback URL may not be called'],
  'too-busy': [429, 'Too many requests are in progress'],
  'queue-full': [429, 'The queue of the conversation is full'],
  internal: [500, 'Something went wrong on our side'],
  'record-not-configured': [501, 'This gateway keeps no record'],
  'files-not-configured': [501, 'This gateway handles no files'],
  'provider-refused': [502, 'The provider refused the request'],
  'provider-unavailable': [503, 'The provider does not answer'],
  'uploads-busy': [503, 'Too many uploads at once'],
  'store-unavailable': [503, 'The store cannot be used'],
  'temporal-unavailable': [503, 'Temporal cannot be reached'],
  draining: [503, 'The gateway is shutting down'],
} as const satisfies Record<string, readonly [ContentfulStatusCode, string]>;

export type ProblemType = keyof typeof PROBLEMS;

interface ProblemDetails {
  /** What is wrong with which field. */
  errors?: readonly FieldProblem[];
  /** Further members of the problem document. */
  members?: Record<string, unknown>;
  headers?: Record<string, string>;
}

/** A problem on its way to the client: thrown anywhere in a request, answered in one place. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly type: ProblemType;
  readonly status: ContentfulStatusCode;
  readonly title: string;
  readonly errors: readonly FieldProblem[] | undefined;
  readonly members: Record<string, unknown>;
  readonly headers: Record<string, string>;

  /** @param detail - what happened and what to do, for a person; never arguments, message text or secrets. */
  constructor(
    type: ProblemType,
    detail: string,
    { errors, members = {}, headers = {} }: ProblemDetails = {},
  ) {
    super(detail);
    const [status, title] = PROBLEMS[type];
    this.type = type;
    this.status = status;
    this.title = title;
    this.errors = errors;
    this.members = members;
    this.headers = headers;
  }
}

/** The problem as `application/problem+json`. */
export function problemResponse(
  c: { body: Context['body']; var: { requestId: string } },
  problem: Problem,
): Response {
  const { type, title, status, message, errors, members, headers } = problem;
  const document = {
    ...members,
    type: `urn:countersign:problem:${type}`,
    title,
    status,
    detail: message,
    requestId: c.var.requestId,
    ...(errors && { errors }),
  };
  return c.body(JSON.stringify(document), status, { ...headers, 'content-type': 'application/problem+json' });
}
