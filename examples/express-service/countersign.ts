import { createHmac, randomUUID } from 'node:crypto';

import { readSettings } from './settings.ts';
import type { User } from './users.ts';

const { gateway, apiKey, webhookSource, webhookSecret } = readSettings();

/** A refusal of the gateway, a problem document, as it goes on to who called this service. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Turn {
  turnId: string;
  conversationId: string;
  status: string;
  reply?: string;
  approvals: {
    approvalId: string;
    tool: string;
    arguments: Record<string, unknown>;
    argumentsDigest: string;
    reason?: string;
    status: string;
  }[];
}

/** Each user has one conversation with the assistant. */
export function conversationOf(user: User): string {
  return `desk-${user.id}`;
}

/** For whom a turn acts is said in `context`, which the model cannot change; never in the message, which it may misread. */
export function startTurn(user: User, message: string): Promise<{ turnId: string; status: string }> {
  return request(`/v1/conversations/${conversationOf(user)}/turns`, { message, context: { user: user.id } });
}

/** Answers once a person is needed or the turn is over, at the latest after `waitSeconds`. */
export function readTurn(turnId: string, waitSeconds: number): Promise<Turn> {
  return request(`/v1/turns/${encodeURIComponent(turnId)}?wait=${waitSeconds}`);
}

/**
 * Decides as this user, by a signed webhook: the signature makes the service answerable for who that is. A decision by API key would
 * be the key's.
 *
 * @param decision - `argumentsDigest` is that of the arguments the user saw: if they are others by now, nothing is decided.
 */
// #region decide
export function decide(
  user: User,
  decision: { approvalId: string; decision: string; argumentsDigest: string },
) {
  const id = `msg_${randomUUID()}`;
  const timestamp = Math.floor(Date.now() / 1_000);
  const body = JSON.stringify({ ...decision, approver: { id: user.id, groups: user.groups } });
  const key = Buffer.from(webhookSecret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return send<{ outcome: string; status?: string }>(`/v1/webhooks/${webhookSource}`, body, {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${signature}`,
  });
}
// #endregion decide

function request<T>(path: string, body?: unknown): Promise<T> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  return send(path, text, { authorization: `Bearer ${apiKey}` });
}

async function send<T>(path: string, body: string | undefined, headers: Record<string, string>): Promise<T> {
  const answer = await fetch(gateway + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body }),
  }).catch((error: unknown) => {
    throw new Refused(502, `Countersign cannot be reached at ${gateway}: ${String(error)}`);
  });
  const content = (await answer.json()) as T & { detail?: string };
  if (!answer.ok)
    throw new Refused(answer.status, content.detail ?? `The gateway answered ${answer.status}.`);
  return content;
}
