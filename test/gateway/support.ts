import type { Said } from '../../src/contracts/said.ts';
import { setTimeout as sleep } from 'node:timers/promises';

import { expect } from 'vitest';

import type { AnyShownApproval, Approval, ShownApproval } from '../../src/contracts/approval/approval.ts';
import type { Accepted, Decision, Receipt } from '../../src/contracts/approval/decision.ts';
import { shown } from '../../src/contracts/deciding/proposals.ts';
import { toRequestView, type RequestView } from '../../src/contracts/request.ts';
import type { TurnView } from '../../src/contracts/turn.ts';
import {
  createApiKey,
  createGateway,
  createInboxLink,
  type GatewayClient,
  type GatewayDeps,
  type Scope,
} from '../../src/gateway/app.ts';
import { createWebhookSecret, sign } from '../../src/contracts/webhooks/signature.ts';

/**
 * A gateway without Temporal behind it, for the rules of HTTP alone. The client is a hand-written stand-in of our own
 * interface: it holds approvals by tenant, notes what it is asked, and answers decisions as the test says.
 */

export const TENANT = 'acme';
export const SESSION_SECRET = 'a session secret of more than 32 characters';
export const BASE_URL = 'http://localhost';
export const TURN_ID = 'order-4711.k3f9w2m7c5q8';
export const APPROVAL_ID = `${TURN_ID}.p4x7r2d1`;
export const REQUEST_ID = 'req_4f1c09d2a7b86e3355c0a1de';
export const HINT_TOKEN = 'f00d'.repeat(8);
export const NOW = Date.parse('2026-03-01T12:00:00Z');

export function sampleApproval(overrides: Partial<Approval> = {}): ShownApproval {
  return shown({
    approvalId: APPROVAL_ID,
    turnId: TURN_ID,
    conversationId: 'order-4711',
    tenant: TENANT,
    assistant: 'refund-desk',
    toolCallId: 'call_1',
    tool: 'refund_order',
    toolDescription: 'Pays money back to the customer of an order.',
    arguments: { orderId: 'A-4711', amountCents: 12_900, reason: 'arrived broken' },
    argumentsDigest: `sha256:${'3f9a'.repeat(16)}`,
    status: 'pending',
    requestedBy: 'maria@shop.example',
    requestedAt: '2026-03-01T11:58:00.000Z',
    deadline: '2026-03-01T12:09:13.000Z',
    runDeadline: '2026-03-01T12:09:13.000Z',
    onRunDeadline: 'deny',
    ...overrides,
  });
}

export interface FakeClient extends GatewayClient {
  approvals: AnyShownApproval[];
  turns: (TurnView & { tenant: string })[];
  started: Parameters<GatewayClient['startTurn']>[0][];
  decisions: (Decision & { tenant: string })[];
  cancelled: string[];
  hints: { tenant: string; approvalId: string; token: string; decisionId: string | undefined }[];
  runHints: Parameters<GatewayClient['hintRun']>[0][];
  asked: Parameters<GatewayClient['askForDecision']>[0][];
  said: Said | null;
  requests: (RequestView & { tenant: string })[];
  /** Everything it was asked to change. */
  changes: () => unknown[];
  /** What `decide` answers for an approval the tenant has. */
  answer: (decision: Decision) => Receipt | Accepted;
  /** When set, every call fails with it. */
  failure: Error | undefined;
}

export function createFakeClient(): FakeClient {
  const check = () => (fake.failure ? Promise.reject(fake.failure) : Promise.resolve());
  const find = (tenant: string, id: string) =>
    fake.approvals.find((one) => one.tenant === tenant && one.approvalId === id) ?? null;
  const fake: FakeClient = {
    approvals: [sampleApproval()],
    turns: [
      { tenant: TENANT, turnId: TURN_ID, conversationId: 'order-4711', status: 'running', approvals: [] },
    ],
    started: [],
    decisions: [],
    cancelled: [],
    hints: [],
    runHints: [],
    asked: [],
    said: null,
    requests: [],
    changes: () => {
      const { started, decisions, cancelled, hints, runHints, asked } = fake;
      return [started, decisions, cancelled, hints, runHints, asked].flat();
    },
    answer: ({ approvalId, decisionId }) => ({
      outcome: 'applied',
      approvalId,
      decisionId,
      status: 'approved',
    }),
    failure: undefined,
    startTurn: async (request) => {
      await check();
      fake.started.push(request);
      const { conversationId } = request;
      return { turnId: `${conversationId}.k3f9w2m7c5q8`, conversationId, status: 'running' };
    },
    getTurn: async (tenant, turnId, waitMs, options) => {
      await check();
      const turn = fake.turns.find((one) => one.tenant === tenant && one.turnId === turnId);
      if (turn === undefined) return null;
      if (waitMs) await sleep(waitMs, undefined, { signal: options?.signal }).catch(() => undefined);
      const { tenant: _, ...view } = turn;
      return view;
    },
    getConversation: async (tenant, conversationId) => {
      await check();
      const turns = fake.turns.filter(
        (one) => one.tenant === tenant && one.conversationId === conversationId,
      );
      const shown = turns.map(({ turnId, status }) => ({ turnId, status, startedAt: null }));
      return turns.length === 0 ? null : { conversationId, turns: shown };
    },
    listConversations: async (tenant, options) => {
      const { user, limit = 20 } = options ?? {};
      await check();
      const ids = fake.turns
        .filter((one) => one.tenant === tenant)
        .map(({ conversationId }) => conversationId);
      const startedAt = new Date(NOW).toISOString();
      const all = user === 'nobody' ? [] : [...new Set(ids)];
      const conversations = all.slice(0, limit).map((conversationId) => ({ conversationId, startedAt }));
      return { conversations, more: all.length > limit };
    },
    readSaid: () => Promise.resolve(fake.said),
    listMessages: async (tenant, conversationId) => {
      const found = await fake.getConversation(tenant, conversationId);
      const at = new Date(NOW).toISOString();
      return found?.turns.map(({ turnId }) => ({ turnId, role: 'user' as const, text: 'Hello', at })) ?? null;
    },
    cancelTurn: async (tenant, turnId) => {
      fake.cancelled.push(turnId);
      return fake.getTurn(tenant, turnId);
    },
    hintHandover: async ({ readDecisionId, ...hint }) => {
      await check();
      if (hint.token !== HINT_TOKEN) return false;
      fake.hints.push({ ...hint, decisionId: await readDecisionId() });
      return true;
    },
    hintRun: async (hint) => {
      await check();
      fake.runHints.push(hint);
      return true;
    },
    askForDecision: async (wanted) => {
      await check();
      fake.asked.push(wanted);
      const { turnId: _, conversationId: _1, assistant: _2, toolCallId: _3, ...card } = sampleApproval();
      const deadline = new Date(NOW + wanted.withinMs).toISOString();
      const view = toRequestView(wanted, {
        ...card,
        ...{ approvalId: REQUEST_ID, requestedAt: new Date(NOW).toISOString(), deadline },
      });
      fake.requests.push({ ...view, tenant: wanted.tenant });
      return view;
    },
    getRequest: async (tenant, id) => {
      await check();
      const found = fake.requests.find((one) => one.tenant === tenant && one.id === id);
      if (found === undefined) return null;
      const { tenant: _, ...view } = found;
      return view;
    },
    eachPending: async function* (tenant, filter) {
      await check();
      const tool = filter?.tool;
      for (const one of fake.approvals) {
        const isWanted = one.tenant === tenant && one.status === 'pending';
        if (isWanted && (tool === undefined || one.tool === tool)) yield one;
      }
    },
    getApproval: async (tenant, approvalId) => {
      await check();
      return find(tenant, approvalId);
    },
    decide: async (tenant, given) => {
      const decision = given as Decision; // grants are not its part
      await check();
      if (find(tenant, decision.approvalId) === null) return null;
      fake.decisions.push({ ...decision, tenant });
      return fake.answer(decision);
    },
    checkHealth: check,
  };
  return fake;
}

export const WEBHOOK_SECRET = createWebhookSecret();

/** A gateway with keys of every kind, and shorthands to ask it something. */
export function createTestGateway(overrides: Partial<GatewayDeps> = {}) {
  const client = createFakeClient();
  const logged: { event: string; fields: Record<string, unknown> }[] = [];
  const keyWith = (name: string, tenant: string, ...scopes: Scope[]) =>
    createApiKey({ name, tenant, scopes, groups: ['finance'] });
  const keys = {
    all: keyWith('backoffice', TENANT, 'turns:write', 'approvals:read', 'approvals:decide'),
    turns: keyWith('shop', TENANT, 'turns:write'),
    read: keyWith('dashboard', TENANT, 'approvals:read'),
    otherTenant: keyWith('rival', 'globex', 'turns:write', 'approvals:read', 'approvals:decide'),
  };
  const gateway = createGateway({
    client,
    apiKeys: Object.values(keys).map(({ entry }) => entry),
    webhookSources: [{ source: 'slack', tenant: TENANT, secrets: [WEBHOOK_SECRET] }],
    sessionSecret: SESSION_SECRET,
    log: (event, fields) => logged.push({ event, fields }),
    clock: () => NOW,
    ...overrides,
  });

  return {
    ...gateway,
    client,
    keys,
    logged,
    /** A request with the key that may do everything, unless `key` says otherwise; a given `json` is the body. */
    ask: async (
      method: string,
      path: string,
      options: {
        key?: string | null;
        json?: unknown;
        body?: string | Uint8Array<ArrayBuffer> | ReadableStream;
        headers?: Record<string, string>;
      } = {},
    ) => {
      const { key = keys.all.key, json, body, headers } = options;
      return gateway.app.request(path, {
        method,
        headers: {
          ...(key !== null && { authorization: `Bearer ${key}` }),
          ...(json !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(json !== undefined && { body: JSON.stringify(json) }),
        ...(body !== undefined && { body, duplex: 'half' }),
      });
    },
  };
}

/** The problem document of an answer that is a no, which has the form of all of them. */
export async function problemOf(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = (await response.json()) as Record<string, unknown> & { errors?: { field: string }[] };
  expect(problem).toMatchObject({
    type: expect.stringMatching(/^urn:countersign:problem:[a-z-]+$/) as string,
    title: expect.any(String) as string,
    status: response.status,
    detail: expect.any(String) as string,
    requestId: response.headers.get('x-request-id'),
  });
  return problem;
}

export type TestGateway = ReturnType<typeof createTestGateway>;

/** Headers and body of a webhook as an honest sender makes them. */
export function signedWebhook(
  body: string,
  { id = 'msg_1', timestamp = NOW / 1_000, secret = WEBHOOK_SECRET } = {},
) {
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': sign({ secret, id, timestamp, body }),
    },
  };
}

/** A browser of little brain: it keeps cookies, sends forms, and does not follow redirects by itself. */
export function createBrowser({ app }: Pick<TestGateway, 'app'>) {
  const cookies = new Map<string, string>();
  const send = async (
    path: string,
    init: { method?: string; headers?: Record<string, string>; body?: string },
  ) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await app.request(path, {
      ...init,
      headers: { ...(cookie && { cookie }), ...init.headers },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    return response;
  };
  return {
    cookies,
    get: (path: string, headers: Record<string, string> = {}) => send(path, { headers }),
    head: (path: string) => send(path, { method: 'HEAD' }),
    post: (
      path: string,
      form: Record<string, string> | [string, string][],
      headers: Record<string, string> = {},
    ) =>
      send(path, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'sec-fetch-site': 'same-origin',
          ...headers,
        },
        body: new URLSearchParams(form).toString(),
      }),
  };
}

export type Browser = ReturnType<typeof createBrowser>;

/** The hidden fields of one form on a page, found by a field's value (the first form otherwise). */
export function formFields(page: string, decision?: string): Record<string, string> {
  const forms = page.split('<form').slice(1);
  const form =
    decision === undefined
      ? forms.find((text) => !text.includes('/inbox/logout'))
      : forms.find((text) => text.includes(`value="${decision}"`));
  const inputs = (form ?? '')
    .split('</form>')[0]!
    .matchAll(/<input (?!type="checkbox")[^>]*name="([^"]+)" value="([^"]*)"/g);
  return Object.fromEntries([...inputs].map(([, name = '', value = '']) => [name, value]));
}

/** A browser that has gone through the sign-in link. */
export async function signedInBrowser(gateway: TestGateway, groups?: string[]): Promise<Browser> {
  const browser = createBrowser(gateway);
  const approver = { id: 'alice@acme.example', ...(groups && { groups }) };
  const link = await createInboxLink({
    sessionSecret: SESSION_SECRET,
    baseUrl: BASE_URL,
    tenant: TENANT,
    approver,
    clock: () => NOW,
  });
  const page = await (await browser.get(link)).text();
  await browser.post('/inbox/login', formFields(page));
  return browser;
}
