import { setTimeout as sleep } from 'node:timers/promises';

/** What a person has said to a question; `expired` when nobody has in time. */
export interface Answer {
  status: 'approved' | 'denied' | 'modified' | 'expired';
  response_notes: string | null;
}

const { DECISIONS_URL = 'http://127.0.0.1:8080', DECISIONS_API_KEY = '' } = process.env;

// #region ask
/**
 * Asks a person, and waits for the answer however long it takes.
 *
 * @param key - names the question: asked again under the same key it is the same one, so a repeated request asks nobody twice.
 */
export async function askPerson(key: string, action: string, timeoutMinutes: number): Promise<Answer> {
  const body = JSON.stringify({ action, urgency: 'high', timeout_minutes: timeoutMinutes });
  const asked = await request<{ id: string }>('/decisions', { method: 'POST', body }, key);
  for (;;) {
    const answer = await request<Answer | { status: 'pending' }>(`/decisions/${asked.id}`);
    if (answer.status !== 'pending') return answer;
    await sleep(1_000);
  }
}
// #endregion ask

async function request<T>(path: string, init: RequestInit = {}, idempotencyKey?: string): Promise<T> {
  const response = await fetch(`${DECISIONS_URL}${path}`, {
    ...init,
    headers: {
      authorization: `Bearer ${DECISIONS_API_KEY}`,
      'content-type': 'application/json',
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    },
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}
