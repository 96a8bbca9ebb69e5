import { randomUUID } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { IdempotencyKeyReusedError } from '../../src/client.ts';
import { conversationWorkflowId } from '../../src/contracts/ids.ts';
import { searchKey } from '../../src/contracts/search/key.ts';
import { createDesk } from '../support/desk.ts';
import { until } from '../../src/testing/wait.ts';
import { TENANT, worldFor } from '../support/world.ts';

const desk = createDesk();
const world = worldFor({ app: desk.app, name: 'conversation' });

const newConversation = () => `conv.${randomUUID().slice(0, 8)}`;

const activitiesOf = async (turnId: string): Promise<(string | null | undefined)[]> => {
  const handle = world.turn(turnId);
  const { events = [] } = await handle.fetchHistory();
  const scheduled = (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes ?? []);
  return scheduled.map(({ activityType }) => activityType?.name);
};

const threadsOpenedFor = async (conversationId: string): Promise<number> => {
  const opened = await world.requests('threads.create');
  return opened.filter(({ body }) => JSON.stringify(body).includes(conversationId)).length;
};

describe('a conversation', () => {
  test('runs one turn at a time, first come first served, on one thread', async () => {
    const conversationId = newConversation();
    const approval = await world.asked('single', { conversationId });
    const second = await world.say('hi', { conversationId });
    const third = await world.say('ungated', { conversationId });
    expect(await world.read(second)).toMatchObject({ status: 'queued', conversationId });
    expect(await world.read(third)).toMatchObject({ status: 'queued' });
    await world.decide(approval, {});
    const turns = await Promise.all([approval.turnId, second, third].map((turnId) => world.end(turnId)));
    expect(turns.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
    expect(new Set(turns.map(({ run }) => run?.threadId)).size).toBe(1);
  });

  test('is begun once by messages that come at once, and answers each', async () => {
    const conversationId = newConversation();
    const turnIds = await Promise.all(Array.from({ length: 8 }, () => world.say('hi', { conversationId })));
    const turns = await Promise.all(turnIds.map((turnId) => world.end(turnId)));
    expect(turns.map(({ status }) => status)).toEqual(turnIds.map(() => 'completed'));
    expect(new Set(turns.map(({ run }) => run?.threadId)).size).toBe(1);
    expect(new Set(turns.map(({ run }) => run?.runId)).size).toBe(8);
  });

  test('does not wait long for its thread: the turn opens one itself when the provider takes its time', async () => {
    const slow = { type: 'delay', ms: 2_000, when: 'after' };
    await world.fault('threads.create', slow);
    const turnId = await world.say('hi');
    const turn = await world.end(turnId);
    expect(turn).toMatchObject({ status: 'completed' });
    expect(await activitiesOf(turnId)).toEqual(['openThread', 'createRun']);
    const usual = await world.say('hi');
    await world.end(usual);
    expect(await activitiesOf(usual)).toEqual(['createRun']);
  });

  test('hears the same idempotency key once', async () => {
    const conversationId = newConversation();
    const said = { conversationId, idempotencyKey: 'order-7' };
    const [one, two] = await Promise.all([world.say('ungated', said), world.say('ungated', said)]);
    expect(one).toBe(two);
    await world.end(one);
    expect(await world.say('ungated', said)).toBe(one);
    const messages = (await world.requests('runs.create')).filter(({ body }) =>
      JSON.stringify(body).includes(one),
    );
    expect(messages).toHaveLength(1);
  });

  test.each([
    ['message', { message: 'hi' }],
    ['assistant', { assistant: 'parker' }],
    ['context', { context: { user: 'mallory' } }],
    ['metadata', { metadata: { desk: 'refunds' } }],
  ])('refuses a key that comes again with another %s, and keeps the first turn', async (_what, change) => {
    const conversationId = newConversation();
    const said = { conversationId, idempotencyKey: 'order-7', context: { user: 'maria' } };
    const first = await world.say('ungated', said);
    await expect(world.say('ungated', { ...said, ...change })).rejects.toThrow(IdempotencyKeyReusedError);
    expect(await world.say('ungated', said)).toBe(first);
    await world.end(first);
    const { turns } = await until('the list', async () => {
      const found = await world.client.getConversation(TENANT, conversationId);
      return found && found.turns.length > 0 ? found : null;
    });
    expect(turns.map(({ turnId }) => turnId)).toEqual([first]);
  });

  test('refuses a key that comes again with another message though no worker is up', async () => {
    const said = { conversationId: newConversation(), idempotencyKey: 'order-7' };
    const heard = await world.say('hi', { ...said, idempotencyKey: 'order-6' });
    await world.end(heard);
    await world.stopWorker();
    const left = await world.say('hi', said);
    await expect(world.say('ungated', said)).rejects.toThrow(IdempotencyKeyReusedError);
    expect(await world.say('hi', said)).toBe(left);
    const again = { ...said, idempotencyKey: 'order-6' };
    await expect(world.say('ungated', again)).rejects.toThrow(IdempotencyKeyReusedError);

    // The message that would begin the conversation.
    const fresh = { conversationId: newConversation(), idempotencyKey: 'order-8' };
    const first = await world.say('hi', fresh);
    await expect(world.say('ungated', fresh)).rejects.toThrow(IdempotencyKeyReusedError);
    await world.startWorker();
    expect(await world.end(left)).toMatchObject({ reply: 'Hello.' });
    expect(await world.end(first)).toMatchObject({ reply: 'Hello.' });
  });

  test('takes a key of another conversation for another', async () => {
    const one = await world.say('hi', { conversationId: newConversation(), idempotencyKey: 'k' });
    const two = await world.say('hi', { conversationId: newConversation(), idempotencyKey: 'k' });
    expect(one).not.toBe(two);
    await Promise.all([world.end(one), world.end(two)]);
  });

  test('goes on with the same thread after a turn that failed', async () => {
    const conversationId = newConversation();
    await world.ended('failing', { conversationId });
    await world.ended('hi', { conversationId });
    expect(await threadsOpenedFor(conversationId)).toBe(1);
  });

  test.each(['a/b', '', 'ümlaut', '../x', '.hidden', 'x'.repeat(129)])(
    'refuses the id "%s" naming what is allowed',
    async (conversationId) => {
      await expect(world.say('hi', { conversationId })).rejects.toMatchObject({
        field: 'conversationId',
        message: expect.stringContaining('letters, digits') as string,
      });
    },
  );

  test('another tenant’s turns are not there', async () => {
    const turnId = await world.say('hi');
    await world.end(turnId);
    expect(await world.client.getTurn('other', turnId)).toBeNull();
    expect(await world.client.cancelTurn('other', turnId)).toBeNull();
  });
});

describe('cancelling a turn', () => {
  const statusOfRun = async (turnId: string): Promise<string | undefined> => {
    const { runs } = (await world.control('state')) as { runs: { status: string; metadata: object }[] };
    return runs.find(({ metadata }) => Object.values(metadata).includes(turnId))?.status;
  };

  test('that is queued keeps it from ever running; the next one keeps its thread', async () => {
    const conversationId = newConversation();
    const first = await world.say('single', { conversationId });
    await world.pending(first);
    const second = await world.say('ungated', { conversationId });
    const third = await world.say('hi', { conversationId });
    await world.client.cancelTurn(TENANT, second);
    await until('the queue to know', async () => (await world.read(second))?.status === 'cancelled');
    await world.client.cancelTurn(TENANT, first);
    expect(await world.end(first)).toMatchObject({ status: 'cancelled' });
    expect(await world.end(second)).toMatchObject({ status: 'cancelled' });
    expect(await world.end(third)).toMatchObject({ status: 'completed' });
    expect(await statusOfRun(second)).toBeUndefined();
    expect(await threadsOpenedFor(conversationId)).toBe(1);
  });

  test('before its run is shown leaves its new thread to the next one', async () => {
    const conversationId = newConversation();
    const turnId = await world.say('slowly', { conversationId });
    await until('the run', async () => (await statusOfRun(turnId)) === 'in_progress');
    await world.client.cancelTurn(TENANT, turnId);
    const turn = await world.end(turnId);
    expect(turn.status).toBe('cancelled');
    expect(turn.run).toBeUndefined();
    expect(await statusOfRun(turnId)).toBe('cancelled');
    await world.ended('hi', { conversationId });
    expect(await threadsOpenedFor(conversationId)).toBe(1);
  });

  test('that is over changes nothing', async () => {
    const turnId = await world.say('hi');
    const turn = await world.end(turnId);
    expect(await world.client.cancelTurn(TENANT, turnId)).toEqual(turn);
  });
});

describe("a user's conversations", () => {
  const listed = async (user?: string, tenant = TENANT) => {
    const { conversations } = await world.client.listConversations(tenant, { user, limit: 100 });
    return conversations.map(({ conversationId }) => conversationId);
  };
  const isListed = (conversationId: string, user: string) =>
    until(`${conversationId} in the list of ${user}`, async () =>
      (await listed(user)).includes(conversationId),
    );

  test('are those in which they have spoken, whoever began them, and no other tenant sees them', async () => {
    const [maria, joe] = [`maria-${randomUUID()}`, `joe-${randomUUID()}`];
    const [one, two] = [newConversation(), newConversation()];
    const say = async (conversationId: string, user?: string) =>
      world.ended('hi', { conversationId, context: { ...(user && { user }) } });
    await say(one, maria);
    await say(two);
    await say(two, joe);
    await say(two, maria);
    await Promise.all([isListed(one, maria), isListed(two, maria), isListed(two, joe)]);
    expect((await listed(maria)).sort()).toEqual([one, two].sort());
    expect(await listed(joe)).toEqual([two]);
    expect(await listed(maria, 'globex')).toEqual([]);
    expect(await listed()).toEqual(expect.arrayContaining([one, two]));
  });

  test.each(["x' OR CountersignTenant = 'globex", 'back\\slash', "it's", 'name "quoted"', 'Zoë 😀', '% _ *'])(
    'are found for a user who is called %s',
    async (name) => {
      const conversationId = newConversation();
      await world.ended('hi', { conversationId, context: { user: name } });
      await isListed(conversationId, name);
      expect(await listed(`${name}'`)).toEqual([]);
    },
  );

  test('are kept when the conversation continues as new, and so is what a key has said', async () => {
    const conversationId = newConversation();
    const [maria, joe] = [`maria-${randomUUID()}`, `joe-${randomUUID()}`];
    await world.temporal.workflow.start('conversation', {
      workflowId: conversationWorkflowId(TENANT, conversationId),
      taskQueue: world.taskQueue,
      args: [{ tenant: TENANT, conversationId, users: [], turnsPerExecution: 1 }],
      typedSearchAttributes: [{ key: searchKey('CountersignTenant'), value: TENANT }],
    });
    const say = async (user: string, message: string) =>
      world.ended(message, { conversationId, idempotencyKey: user, context: { user } });
    await say(maria, 'hi');
    await say(joe, 'hi');
    await Promise.all([isListed(conversationId, maria), isListed(conversationId, joe)]);
    await expect(say(maria, 'ungated')).rejects.toThrow(IdempotencyKeyReusedError);
  });

  test('come a page at a time', async () => {
    const user = `page-${randomUUID()}`;
    const [older, newer] = [newConversation(), newConversation()];
    for (const conversationId of [older, newer])
      await world.ended('hi', { conversationId, context: { user } });
    await Promise.all([isListed(older, user), isListed(newer, user)]);
    const page = await world.client.listConversations(TENANT, { user, limit: 1 });
    expect(page).toMatchObject({ conversations: [{ conversationId: newer }], more: true });
    expect(await world.client.listConversations(TENANT, { user, limit: 2 })).toMatchObject({ more: false });
  });
});
