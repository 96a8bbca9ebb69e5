import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { until } from '../../src/testing/wait.ts';

export interface PlayedDecision {
  id: string;
  action: string;
  context: string;
  urgency: string;
  status: string;
  response_notes: string | null;
  resolved_at: string | null;
  resolved_by: string | null;
  expires_at: string;
  created_at: string;
}

/** What it was sent: the body of a question, or the id of one that was read. */
interface Asked {
  body: Record<string, unknown>;
  headers: IncomingMessage['headers'];
  id: string;
}

/** How the next request goes wrong. `lost`: it has its effect, and the answer never arrives. `slow`: nor does it for so long. */
type Fault = { status: number; headers?: Record<string, string> } | 'lost' | { slowMs: number };

/** Plays the Handover as far as we use it: a small server with a key, decisions, and faults of both requests. */
export async function startHandover({ honoursKeys = false }: { honoursKeys?: boolean } = {}) {
  const decisions = new Map<string, PlayedDecision>();
  const asked: Asked[] = [];
  const reads: { id: string; atMs: number }[] = [];
  const faults = { create: [] as Fault[], read: [] as Fault[] };
  const state = { apiKey: 'ho_test' };
  const byKey = new Map<string, PlayedDecision>();

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const isCreate = request.method === 'POST';
      const fault = faults[isCreate ? 'create' : 'read'].shift();
      if (request.headers.authorization !== `Bearer ${state.apiKey}`) {
        answer(response, 401, { error: 'Invalid API key' });
      } else if (typeof fault === 'object' && 'status' in fault) {
        answer(response, fault.status, { error: 'as the test wants it' }, fault.headers);
      } else {
        const [status, body] = isCreate
          ? [201, create(request, Buffer.concat(chunks).toString())]
          : read(request.url ?? '');
        if (fault === 'lost') request.socket.destroy();
        else setTimeout(() => answer(response, status, body), fault?.slowMs ?? 0).unref();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  function create({ headers }: IncomingMessage, text: string): object {
    const body = JSON.parse(text) as Record<string, unknown>;
    const key = String(headers['idempotency-key']);
    const known = honoursKeys ? byKey.get(key) : undefined;
    const decision = known ?? toDecision(body);
    byKey.set(key, decision);
    decisions.set(decision.id, decision);
    asked.push({ body, headers, id: decision.id });
    const { id, status, expires_at, created_at } = decision;
    return { id, status, expires_at, created_at };
  }

  function read(url: string): [number, object] {
    const id = decodeURIComponent(url.replace('/decisions/', ''));
    reads.push({ id, atMs: Date.now() });
    const decision = decisions.get(id);
    return decision === undefined ? [404, { error: 'Not found' }] : [200, decision];
  }

  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    reads,
    faults,
    decisions,
    state,
    /** The decision about an approval, once it has been asked for; the latest if there are several. */
    decisionAbout: (approvalId: string) =>
      until(`a question about ${approvalId}`, () =>
        [...decisions.values()].findLast(({ action }) => action.includes(approvalId)),
      ),
    /** Somebody else's question. */
    ask: (action: string): string => {
      const decision = toDecision({ action });
      decisions.set(decision.id, decision);
      return decision.id;
    },
    resolve: (
      id: string,
      status: string,
      notes: string | null = null,
      by: string | null = 'bob@example.com',
    ) => {
      const decision = decisions.get(id);
      if (decision === undefined) throw new Error(`No decision ${id}.`);
      const resolved_at = new Date().toISOString();
      decisions.set(id, { ...decision, status, response_notes: notes, resolved_by: by, resolved_at });
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export type PlayedHandover = Awaited<ReturnType<typeof startHandover>>;

function toDecision(body: Record<string, unknown>): PlayedDecision {
  const minutes = typeof body.timeout_minutes === 'number' ? body.timeout_minutes : 60;
  return {
    id: randomUUID(),
    action: String(body.action),
    context: String(body.context),
    urgency: 'medium',
    ...{ status: 'pending', response_notes: null, resolved_at: null, resolved_by: null },
    expires_at: new Date(Date.now() + minutes * 60_000).toISOString(),
    created_at: new Date().toISOString(),
  };
}

function answer(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
