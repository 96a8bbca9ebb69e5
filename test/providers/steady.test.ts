import { afterEach, describe, expect, test } from 'vitest';

import { defineApp, defineAssistant, requireApproval } from '../../src/index.ts';
import type { Protocol } from '../../src/contracts/run.ts';
import { createDesk } from '../support/desk.ts';
import { SCENARIO } from '../support/scenario.ts';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';
import { startSteady, type Request, type Steady } from './steady.ts';

/**
 * Each protocol: the request that begins a turn, a field its description must miss and what it says then, and how many kinds
 * of request a turn takes.
 */
const PROTOCOLS = [
  { protocol: 'assistants', creates: 'runs.create', needs: 'assistant_id', says: 'assistant_id', atLeast: 6 },
  {
    protocol: 'responses',
    creates: 'responses.create',
    needs: 'tools.0.name',
    says: '"function"',
    atLeast: 4,
  },
  { protocol: 'chat', creates: 'chat.create', needs: 'messages', says: 'messages', atLeast: 1 },
] as const;

const SHOP_CALL = { tool: 'ship', arguments: { orderId: 'A-1' }, mcp: { serverLabel: 'shop', output: 'ok' } };
const about = { model: 'gpt-test', instructions: 'Help.' };

let world: World | undefined;
let steady: Steady | undefined;
afterEach(async () => {
  await world?.stop();
  await steady?.stop();
  world = steady = undefined;
});

async function begin(protocol: Protocol, what: string, options: Partial<WorldOptions> = {}): Promise<World> {
  world = await startWorld({ name: `steady-${what}`, app: createDesk().app, protocol, ...options });
  return world;
}

async function decideAll(turnId: string, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const [approval] = await world!.pending(turnId);
    await world!.decide(approval!, {});
  }
  expect(await world!.end(turnId)).toMatchObject({ status: 'completed' });
}

/** Holds every request of these operations that the provider has sent against a description. */
async function expectAccepted(description: string, isMeant: (operation: string | null) => boolean) {
  const requests = (await world!.requests()).filter(({ operation }) => isMeant(operation));
  await steady?.stop();
  steady = await startSteady(description);
  for (const request of requests) {
    const body = asDescribed(request.body);
    expect(
      await steady.check({ ...(request as Request), body }),
      `${request.method} ${request.path}`,
    ).toEqual({
      status: 200,
      faults: [],
    });
  }
  return requests;
}

/**
 * The description asks for a `request_id` in the answer to a call of an MCP server and declares no such field; OpenAI takes answers without
 * it (test/recordings/responses). It is the one thing that is added to what we send.
 */
function asDescribed(body: unknown): unknown {
  const input = (body as { input?: unknown } | null)?.input;
  if (!Array.isArray(input)) return body;
  const items = (input as { type: string }[]).map((item) =>
    item.type === 'mcp_approval_response' ? { ...item, request_id: 'any' } : item,
  );
  return { ...(body as object), input: items };
}

const isOfFiles = (operation: string | null): boolean => operation?.startsWith('files.') ?? false;

describe("somebody else's validator, by OpenAI's description", () => {
  test.each(PROTOCOLS)(
    'takes every request of a gated turn of $protocol',
    async ({ protocol, creates, needs, says, atLeast }) => {
      const { client, ...here } = await begin(protocol, protocol);
      await decideAll(await here.say('rounds please', { metadata: { desk: 'refunds' } }), 2);
      // Cancelled while it waits: the requests that clean up belong to the protocol, too.
      const cancelled = await here.say('single please');
      await here.pending(cancelled);
      await client.cancelTurn('acme', cancelled);
      await here.end(cancelled);

      const requests = await expectAccepted(`${protocol}-requests`, () => true);
      expect(new Set(requests.map(({ operation }) => operation)).size).toBeGreaterThanOrEqual(atLeast);

      const create = requests.find(({ operation }) => operation === creates);
      const verdict = await steady!.check({
        ...(create as Request),
        body: without(create!.body, needs.split('.')),
      });
      expect(verdict.status).toBe(400);
      expect(verdict.faults.join()).toContain(says);
    },
  );

  test('takes the tools of an MCP server, the answer to its call, and a chain of responses', async () => {
    const policy = requireApproval();
    const mcp = [{ serverLabel: 'shop', serverUrl: 'https://shop.example/mcp', policy }];
    const tools = [...createDesk().app.assistants[0]!.tools];
    const app = defineApp({
      assistants: [
        defineAssistant({ ...about, name: 'shop', mcp, tools }),
        defineAssistant({ ...about, name: 'chain', tools, responses: { state: 'previous_response' } }),
      ],
    });
    const scenario = {
      ...SCENARIO,
      rules: [{ when: ['shipping'], rounds: [{ calls: [SHOP_CALL] }], reply: 'Sent.' }, ...SCENARIO.rules],
    };
    const here = await begin('responses', 'mcp', { app, simulator: { scenario } });
    await decideAll(await here.say('shipping'), 1);
    await decideAll(await here.say('single', { assistant: 'chain' }), 1);
    const requests = await expectAccepted('responses-requests', () => true);
    const sent = JSON.stringify(requests.map(({ body }) => body));
    for (const words of ['"mcp_approval_response"', '"require_approval"', '"previous_response_id"']) {
      expect(sent).toContain(words);
    }
  });

  test('takes built-in tools, and a message with a file', async () => {
    const builtInTools = { codeInterpreter: true, fileSearch: true };
    const tools = [...createDesk().app.assistants[0]!.tools];
    const app = defineApp({
      assistants: [defineAssistant({ ...about, name: 'reader', tools, builtInTools })],
    });
    const here = await begin('assistants', 'files', { app });
    const form = new FormData();
    form.set('purpose', 'assistants');
    form.set('file', new File(['The sum is 42.'], 'data.txt'));
    const uploaded = await fetch(`${here.provider}/files`, {
      method: 'POST',
      headers: { authorization: 'Bearer test-key' },
      body: form,
    });
    const { id: fileId } = (await uploaded.json()) as { id: string };
    await decideAll(await here.say('single', { attachments: [{ fileId }] }), 1);
    const requests = await expectAccepted('assistants-requests', (operation) => !isOfFiles(operation));
    expect(JSON.stringify(requests.map(({ body }) => body))).toContain(fileId);
  });
});

/** A copy that lacks the field at this path. */
function without(value: unknown, [name = '', ...rest]: string[]): unknown {
  const copy: unknown[] | Record<string, unknown> = Array.isArray(value)
    ? [...(value as unknown[])]
    : { ...(value as object) };
  if (rest.length === 0) Reflect.deleteProperty(copy, name);
  else Reflect.set(copy, name, without(Reflect.get(copy, name), rest));
  return copy;
}
