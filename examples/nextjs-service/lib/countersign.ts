import { randomUUID } from 'node:crypto';

import { Webhook } from 'standardwebhooks';

import { readSettings } from './settings.ts';
import type { User } from './users.ts';

/** What is asked, as far as this page shows it. */
export interface Approval {
  approvalId: string;
  tool: string;
  arguments: Record<string, unknown>;
  argumentsDigest: string;
  reason?: string;
  status: string;
}

/** What the user or the assistant said. */
export interface Message {
  turnId: string;
  role: 'user' | 'assistant';
  text: string;
}

/** One conversation for each user. For whom it acts is said in `context`, which the model cannot change. */
export async function startTurn(user: User, message: string): Promise<void> {
  await call(`/v1/conversations/desk-${user.id}/turns`, { message, context: { user: user.id } });
}

/** Newest first. */
export async function messagesOf(user: User): Promise<Message[]> {
  try {
    const { messages } = await call<{ messages: Message[] }>(`/v1/conversations/desk-${user.id}/messages`);
    return messages;
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return [];
    throw error;
  }
}

export async function pendingApprovals(): Promise<Approval[]> {
  const { approvals } = await call<{ approvals: Approval[] }>('/v1/approvals?expand=arguments&limit=20');
  return approvals;
}

/**
 * Decides as this user. The signature makes the service answerable for who that is: with an API key the decision would be the key's.
 * The digest is that of the arguments the user saw; if they are others by now, the decision is refused.
 *
 * @returns `approved` or `denied`; null when it was refused, as when somebody else was first or time was up
 */
export async function decide(
  user: User,
  decision: { approvalId: string; argumentsDigest: string; decision: 'approve' | 'deny' },
): Promise<string | null> {
  const { gateway, webhookSource, webhookSecret } = readSettings();
  const id = `msg_${randomUUID()}`;
  const at = new Date();
  const body = JSON.stringify({ ...decision, approver: { id: user.id, groups: user.groups } });
  const answer = await fetch(`${gateway}/v1/webhooks/${webhookSource}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(webhookSecret).sign(id, at, body),
    },
    body,
  });
  const { status } = (await answer.json()) as { status: string };
  return answer.ok ? status : null;
}

class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function call<T>(path: string, body?: unknown): Promise<T> {
  const { gateway, apiKey } = readSettings();
  const answer = await fetch(gateway + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    cache: 'no-store',
  });
  if (!answer.ok)
    throw new Refused(answer.status, `${path} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}
