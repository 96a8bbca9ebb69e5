import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { defineApp, defineAssistant } from '../../src/index.ts';
import { createDesk } from '../support/desk.ts';
import { startProxy } from '../support/proxy.ts';
import { startWorld, type World } from '../support/world.ts';

/** Servers that speak Responses, and are not OpenAI's: other ids, fields left out, no conversations. */

const desk = createDesk();
const [{ tools }] = desk.app.assistants as [(typeof desk.app.assistants)[number]];
const about = { model: 'gpt-test', instructions: 'Help.', tools: [...tools] };
const app = defineApp({
  assistants: [
    defineAssistant({ ...about, name: 'chained', responses: { state: 'previous_response' } }),
    defineAssistant({ ...about, name: 'conversing' }),
  ],
});

let proxy: Awaited<ReturnType<typeof startProxy>>;
let world: World;

beforeAll(async () => {
  proxy = await startProxy({
    toServer: (text) => text.replaceAll(/\bresp-(?=\w)/g, 'resp_').replaceAll(/\bc0nv-(?=\w)/g, 'conv_'),
    toClient: (text) =>
      text
        .replaceAll(/\bresp_(?=\w)/g, 'resp-')
        .replaceAll(/\bconv_(?=\w)/g, 'c0nv-')
        .replaceAll(/"previous_response_id": ?"[^"]*"/g, '"previous_response_id":null'),
  });
  world = await startWorld({
    ...{ app, name: 'responses-elsewhere', protocol: 'responses', baseURL: proxy.url },
  });
  proxy.standBefore(world.provider);
});
afterAll(async () => {
  await world.stop();
  await proxy.close();
});
afterEach(() => {
  proxy.clear();
  desk.effects.length = 0;
});

async function approved(assistant: string, conversationId: string): Promise<string> {
  const turnId = await world.say('single', { assistant, conversationId });
  await world.decide((await world.pending(turnId))[0]!, {});
  return turnId;
}

describe.each(['chained', 'conversing'])('ids without the prefixes of OpenAI’s, %s', (assistant) => {
  test('make no difference: an approved call runs once, and the next turn goes on from there', async () => {
    const conversationId = `ids-${assistant}`;
    for (const effects of [1, 2]) {
      const turn = await world.end(await approved(assistant, conversationId));
      expect(turn).toMatchObject({ status: 'completed', reply: 'refund: refund is done.' });
      expect(turn.run!.runId).toMatch(/^resp-/);
      expect(desk.effects).toHaveLength(effects);
    }
    const made = (await world.requests('responses.create')).map(
      ({ body }) => body as { previous_response_id?: string; conversation?: string },
    );
    const own = made.filter(({ conversation }) => (conversation === undefined) === (assistant === 'chained'));
    // Two turns of a message and an output each: only the first request has nothing to go on from.
    if (assistant === 'chained')
      expect(own.map(({ previous_response_id }) => previous_response_id?.slice(0, 5))).toEqual([
        undefined,
        ...['resp_', 'resp_', 'resp_'],
      ]);
    else expect(new Set(own.map(({ conversation }) => conversation)).size).toBe(1);
  });

  test('do so neither when the answer to the outputs is lost', async () => {
    proxy.add((asked, forward) => {
      if (asked.path !== '/v1/responses' || desk.effects.length === 0) return undefined;
      proxy.clear();
      return forward().then(() => ({ status: 502, body: {} }));
    });
    const turn = await world.end(await approved(assistant, `lost-${assistant}`));
    expect(turn).toMatchObject({ status: 'completed', reply: 'refund: refund is done.' });
    expect(desk.effects).toHaveLength(1);
  });

  test('a refusal of the outputs is told as it was said, though nothing can be looked up after it', async () => {
    proxy.add((asked) => {
      if (desk.effects.length === 0) return undefined;
      const isCreate = asked.path === '/v1/responses';
      const error = { message: isCreate ? 'The outputs are too odd.' : 'Not here.' };
      return Promise.resolve({ status: isCreate ? 400 : 404, body: { error } });
    });
    const turn = await world.end(await approved(assistant, `refused-${assistant}`));
    expect(turn.failure).toMatchObject({
      type: 'Provider.BadRequest',
      message: expect.stringContaining('The outputs are too odd.') as string,
    });
  });
});

test.each([404, 405])('a server without /conversations (%i) is told with the remedy', async (status) => {
  proxy.add(({ path }) =>
    path === '/v1/conversations' ? Promise.resolve({ status, body: { detail: 'Not Found' } }) : undefined,
  );
  const turn = await world.ended('hi', { assistant: 'conversing' });
  expect(turn.status).toBe('failed');
  expect(turn.failure?.message).toContain("responses: { state: 'previous_response' }");
  expect(turn.failure?.message).not.toContain('Assistants');
});
