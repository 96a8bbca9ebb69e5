import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { PROTOCOLS } from '../../src/contracts/run.ts';
import { createDesk } from '../support/desk.ts';
import { startWorld, type World } from '../support/world.ts';

/** What a server answers that speaks this protocol, in few words. */
const BODIES: Record<string, object> = {
  assistants: { id: 'run_1', object: 'thread.run', thread_id: 'thread_1', status: 'completed', metadata: {} },
  responses: { id: 'resp_1', object: 'response', status: 'completed', output: [], metadata: {} },
  chat: {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello.' } }],
  },
  agents: { id: 'asess_1', object: 'agent.session', status: 'idle', metadata: {} },
  'something else': { hello: 'world' },
  'a list of something else': { object: 'list', data: [{ hello: 'world' }], has_more: false },
  'a JSON text': 'Hello.' as unknown as object,
};

let server: Server;
let world: World | undefined;
let body: unknown;

beforeEach(async () => {
  server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await world?.stop();
  world = undefined;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe.each(PROTOCOLS)('a worker that speaks %s', (protocol) => {
  test('ends a turn with the settings to check, when the server answers with another protocol, and runs nothing', async () => {
    const desk = createDesk();
    const { port } = server.address() as AddressInfo;
    const baseURL = `http://127.0.0.1:${port}/v1`;
    world = await startWorld({ app: desk.app, name: `wrong-shape-${protocol}`, protocol, baseURL });
    for (const [name, answer] of Object.entries(BODIES)) {
      if (name === protocol) continue;
      body = answer;
      const turn = await world.ended('single');
      expect(turn.status, name).toBe('failed');
      expect(turn.failure?.type, name).toMatch(/^Provider\.(UnexpectedAnswer|WrongProtocol)$/);
      expect(turn.failure?.message, name).toContain('COUNTERSIGN_PROVIDER');
      expect(turn.reply, name).toBeUndefined();
    }
    expect(desk.effects).toEqual([]);
  });
});
