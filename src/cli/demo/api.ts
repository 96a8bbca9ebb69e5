import { setTimeout as sleep } from 'node:timers/promises';

import type { Receipt } from '@countersign/receipts';

import type { Approval } from '../../contracts/approval/approval.ts';
import { FINAL_TURN_STATUSES, type TurnView } from '../../contracts/turn.ts';
import type { Choice } from './choice.ts';
import { CommandError } from '../run-command.ts';

/** The HTTP API as a service would use it: nothing here knows of Temporal. */
export interface DemoApi {
  startTurn(turn: { conversationId: string; message: string }): Promise<Pick<TurnView, 'turnId'>>;
  /** Until the turn needs a person or is over. */
  waitForTurn(turnId: string): Promise<TurnView>;
  waitUntilOver(turnId: string): Promise<TurnView>;
  waitUntilDecided(approvalId: string, signal: AbortSignal): Promise<void>;
  /** @returns what the gateway answered, as a sentence. */
  decide(approvalId: string, choice: Choice): Promise<string>;
  /** What the record has of an approval, with its proofs. */
  readReceipt(approvalId: string): Promise<Receipt>;
}

export function createDemoApi(options: { gateway: string; apiKey: string; signal: AbortSignal }): DemoApi {
  const { gateway, apiKey } = options;

  async function request(
    path: string,
    init: { body?: unknown; signal?: AbortSignal } = {},
  ): Promise<Response> {
    const { body, signal = options.signal } = init;
    return fetch(`${gateway}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    });
  }

  async function read<T>(answer: Promise<Response>): Promise<T> {
    const response = await answer;
    const body: unknown = await response.json();
    if (response.ok) return body as T;
    const { title, detail } = body as { title?: string; detail?: string };
    throw new CommandError(`The gateway answered ${response.status}: ${title ?? ''} ${detail ?? ''}`);
  }

  const waitForTurn = (turnId: string) => read<TurnView>(request(`/v1/turns/${turnId}?wait=30`));

  return {
    startTurn: ({ conversationId, message }) =>
      read(
        request(`/v1/conversations/${conversationId}/turns`, { body: { message, context: { user: 'ada' } } }),
      ),
    waitForTurn,
    async waitUntilOver(turnId) {
      for (;;) {
        const turn = await waitForTurn(turnId);
        if (FINAL_TURN_STATUSES.has(turn.status)) return turn;
        await sleep(250, undefined, { signal: options.signal });
      }
    },
    async waitUntilDecided(approvalId, signal) {
      for (;;) {
        const { status } = await read<Approval>(request(`/v1/approvals/${approvalId}`, { signal }));
        if (status !== 'pending') return;
        await sleep(500, undefined, { signal });
      }
    },
    readReceipt: (approvalId) => read<Receipt>(request(`/v1/record/approvals/${approvalId}`)),
    async decide(approvalId, choice) {
      const response = await request(`/v1/approvals/${approvalId}/decision`, { body: choice });
      const body = (await response.json()) as { outcome?: string; title?: string; detail?: string };
      if (response.status === 202) return '202: no worker answers, the decision is kept until one does';
      return `${response.status}: ${body.outcome ?? `${body.title ?? ''} ${body.detail ?? ''}`}`;
    },
  };
}
