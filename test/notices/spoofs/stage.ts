import { randomBytes } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, expect, vi } from 'vitest';
import { z } from 'zod';

import { startGateway } from '../../../src/gateway/app.ts';
import { defineTool, requireApproval } from '../../../src/index.ts';
import { ACTIONS } from '../../../src/notices/slack/blocks.ts';
import { createSlackChannel } from '../../../src/notices/slack/slack.ts';
import { startGate, type Gate } from '../../../src/testing/gate.ts';
import { payBack } from '../../support/pay-back.ts';
import type { View } from '../../support/slack/blocks.ts';
import {
  APP_TOKEN,
  clickOn,
  signedRequest,
  SIGNING_SECRET,
  startSlack,
  TOKEN,
  type SlackMessage,
  type SlackServer,
} from '../../support/slack/server.ts';

const refund = defineTool({
  ...{ name: 'refund', description: 'Pays back.', parameters: z.strictObject({ orderId: z.string() }) },
  policy: requireApproval({ approvers: ['finance'], within: '30d', onRunDeadline: 'deny' }),
  execute: ({ orderId }) => `Refunded ${orderId}.`,
});

const publicUrl = 'https://countersign.example.com';
export const GRACE = { id: 'grace', slackId: 'U0GRACE', groups: ['finance'] };

/** A question, and the card in Slack that asks it. */
export interface Asked {
  approvalId: string;
  message: SlackMessage;
}

/** What those who try to decide without the right have before them: a gateway, and two questions that grace is asked. */
export interface SpoofStage {
  slack: SlackServer;
  gate: Gate;
  gateway: Awaited<ReturnType<typeof startGateway>>;
  sessionSecret: string;
  asked: Asked;
  other: Asked;
  /** The form that grace gets for `asked`. */
  view: View;
  formFor: (asked: Asked) => Promise<View>;
  /** To Slack's route, as it is. */
  send: (request: { headers: Record<string, string>; body: string }, path?: string) => Promise<Response>;
  /** To Slack's route, signed. */
  post: (payload: unknown) => Promise<Response>;
  statusOf: (asked: Asked) => Promise<string | undefined>;
  nothingIsDecided: () => Promise<void>;
}

/** Starts the stage before the tests of a file. */
export function spoofStage(): SpoofStage {
  const stage = {} as SpoofStage;
  const closing = new AsyncDisposableStack();

  beforeAll(async () => {
    const slack = await startSlack();
    closing.defer(() => slack.close());
    for (const id of ['U0GRACE', 'U0LINUS', 'U0NOBODY']) slack.users.set(id, { id });
    const { apiUrl } = slack;
    const channels = [createSlackChannel({ token: TOKEN, apiUrl })];
    const gate = await startGate({
      ...payBack(refund),
      ...{ store: true, patience: '45s', worker: { notices: { channels, publicUrl } } },
    });
    closing.defer(() => gate.close());
    await gate.store!.people.put(gate.tenant, [
      GRACE,
      { id: 'linus', slackId: 'U0LINUS', groups: ['support'] },
    ]);
    const sessionSecret = randomBytes(32).toString('hex');
    const gateway = await startGateway({
      deps: {
        ...{ client: gate.client, clock: gate.now, apiKeys: [], store: gate.store!, publicUrl },
        ...{
          sessionSecret,
          slack: { apiUrl, token: TOKEN, signingSecret: SIGNING_SECRET, appToken: APP_TOKEN },
        },
        log: () => undefined,
      },
      ...{ host: '127.0.0.1', port: 0, drainLimitMs: 500 },
    });
    closing.defer(() => gateway.close());
    Object.assign(stage, { slack, gate, gateway, sessionSecret });
    Object.assign(stage, { asked: await ask(), other: await ask() });
    stage.view = await stage.formFor(stage.asked);
  });
  afterAll(() => closing.disposeAsync());
  beforeEach(() => {
    stage.slack.views.length = 0;
  });

  return Object.assign(stage, {
    async formFor({ message }: Asked): Promise<View> {
      await stage.post(clickOn(message, ACTIONS.approve, { user: 'U0GRACE' }));
      return stage.slack.views.pop()!.view;
    },
    send: (request: { headers: Record<string, string>; body: string }, path = '/slack/interactions') =>
      fetch(`${stage.gateway.url}${path}`, { method: 'POST', ...request }),
    post: (payload: unknown) => stage.send(signedRequest(payload, { nowMs: stage.gate.now() })),
    statusOf: async ({ approvalId }: Asked) =>
      (await stage.gate.client.getApproval(stage.gate.tenant, approvalId))?.status,
    async nothingIsDecided() {
      const statuses = [await stage.statusOf(stage.asked), await stage.statusOf(stage.other)];
      expect(statuses).toEqual(['pending', 'pending']);
    },
  });

  async function ask(): Promise<Asked> {
    const { gate, slack } = stage;
    const known = slack.messages.length;
    const { approvalId } = await (await gate.say('pay back', { user: 'ada' })).asked();
    const sent = async () =>
      (await gate.store!.notices.ofApproval(gate.tenant, approvalId)).map((one) => one.state);
    await vi.waitFor(async () => expect(await sent()).toEqual(['sent']), { timeout: 10_000 });
    return { approvalId, message: slack.messages[known]! };
  }
}
