import { expect, test } from 'vitest';

import { createDesk } from '../support/desk.ts';
import { worldFor } from '../support/world.ts';

/** More than a worker has slots for workflow tasks, by default 40. */
const CONVERSATIONS = 64;

const desk = createDesk();
// The provider keeps no transcript, so that the next turn cannot begin before a parked one has told what it leaves.
const world = worldFor({ app: desk.app, name: 'parked-conversations', protocol: 'chat' });

test(
  'conversations with a parked turn, more than a worker has slots and spoken to at once, all go on',
  { timeout: 180_000 },
  async () => {
    const conversations = Array.from(
      { length: CONVERSATIONS },
      (_, index) => `c${index}-${crypto.randomUUID().slice(0, 8)}`,
    );
    const parked = await Promise.all(
      conversations.map((conversationId) => world.say('patient', { conversationId })),
    );
    await Promise.all(
      parked.map(async (turnId) => {
        await world.pending(turnId);
        await world.park(turnId);
      }),
    );
    // Kept as signals meanwhile, so that the worker gets all of them in one go.
    await world.stopWorker();
    const spoken = await Promise.all(
      conversations.map((conversationId) => world.say('hello', { conversationId })),
    );
    await world.startWorker();
    const other = await world.say('hello');
    const turns = await Promise.all([...spoken, other].map((turnId) => world.end(turnId)));
    expect(turns.map(({ reply }) => reply)).toEqual(turns.map(() => 'Hello.'));
    // Each knew what the parked turn had left.
    const asked = (await world.requests('chat.create')).map(({ body }) => JSON.stringify(body));
    const continued = asked.filter((body) => body.includes('hello') && body.includes('Not done: the action'));
    expect(continued).toHaveLength(CONVERSATIONS);
  },
);
