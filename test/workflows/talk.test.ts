import { describe, expect, test } from 'vitest';

import { PendingApprovalsError } from '../../src/index.ts';
import { conversationWorkflowId, turnWorkflowId } from '../../src/contracts/ids.ts';
import { until } from '../../src/testing/wait.ts';
import { deskFor, TENANT, worldFor } from '../support/world.ts';

const desk = deskFor();
const world = worldFor({ app: desk.app, name: 'talk' });

const newConversation = () => `talk-${crypto.randomUUID().slice(0, 8)}`;

const handleOf = (conversationId: string) =>
  world.temporal.workflow.getHandle(conversationWorkflowId(TENANT, conversationId));
/** Begins a conversation with settings of its own. */
const begin = (conversationId: string, settings: object) =>
  world.temporal.workflow.start('conversation', {
    ...{ workflowId: conversationWorkflowId(TENANT, conversationId), taskQueue: world.taskQueue },
    args: [{ tenant: TENANT, conversationId, ...settings }],
  });

describe('a message while a turn waits for a person', () => {
  test('park: is answered now, the question stays open, a late decision is carried out and told', async () => {
    const conversationId = newConversation();
    const approval = await world.asked('single', { conversationId, assistant: 'parker' });
    expect(await world.ended('hi', { conversationId, assistant: 'parker' })).toMatchObject({
      status: 'completed',
      reply: 'Hello.',
    });
    const parked = await world.read(approval.turnId);
    expect(parked).toMatchObject({ status: 'parked', approvals: [{ status: 'pending' }] });
    expect(parked!.reply).toContain('awaits approval');
    expect(await world.decide(approval, {})).toMatchObject({ outcome: 'applied' });
    const { continuations } = await world.end(approval.turnId);
    expect(await world.end(continuations![0]!)).toMatchObject({ status: 'completed', conversationId });
    expect(desk.effects).toHaveLength(1);
  });

  test('reject: is refused naming the approvals, and welcome again once they are decided', async () => {
    const conversationId = newConversation();
    const approval = await world.asked('single', { conversationId, assistant: 'rejecter' });
    const again = { conversationId, assistant: 'rejecter', idempotencyKey: 'again' };
    const refused = await until('the refusal', () =>
      world.say('hi', again).then(
        () => null,
        (error: unknown) => error,
      ),
    );
    expect(refused).toBeInstanceOf(PendingApprovalsError);
    expect(refused).toMatchObject({ turnId: approval.turnId, approvalIds: [approval.approvalId] });
    await world.decide(approval, { decision: 'deny' });
    await world.end(approval.turnId);
    expect(await world.ended('hi', again)).toMatchObject({ status: 'completed' });
  });

  test('reject: refusals leave no event, and go on when the conversation continues as new', async () => {
    const conversationId = newConversation();
    const approval = await world.asked('single', { conversationId, assistant: 'rejecter' });
    const conversation = handleOf(conversationId);
    const { runId } = await conversation.describe();
    await until('the turn to be held', async () =>
      (await conversation.fetchHistory()).events?.some(
        ({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName === 'turnHeld',
      )
        ? true
        : null,
    );
    // Ignored, but so large that Temporal suggests to continue as new.
    const settled = () =>
      until('no task', async () => {
        const now = await conversation.describe();
        // An execution that has just begun has its start in its history, and no task yet.
        return now.raw.pendingWorkflowTask == null && now.historyLength > 3 ? now : null;
      });
    let now = await settled();
    for (let sent = 0; now.runId === runId && sent < 10; sent += 1) {
      await conversation.signal('say', 'x'.repeat(1_000_000));
      now = await settled();
    }
    expect(now.runId).not.toBe(runId);
    const { historyLength } = now;
    const said = { conversationId, assistant: 'rejecter' };
    for (let refused = 0; refused < 5; refused += 1)
      await expect(world.say('x'.repeat(200_000), said)).rejects.toThrow(PendingApprovalsError);
    expect((await conversation.describe()).historyLength).toBe(historyLength);
    await world.decide(approval, { decision: 'deny' });
    await world.end(approval.turnId);
    expect(await world.ended('hi', said)).toMatchObject({ status: 'completed' });
  });

  test('reject: is taken when the turn that was held has been terminated', async () => {
    const conversationId = newConversation();
    const held = await world.say('single', { conversationId, assistant: 'rejecter' });
    await world.pending(held);
    const said = { conversationId, assistant: 'rejecter' };
    await expect(world.say('hi', said)).rejects.toThrow(PendingApprovalsError);
    await expireRunOf(held);
    await world.turn(held).terminate('by hand');
    expect(await world.ended('hi', said)).toMatchObject({ status: 'completed' });
  });
});

test('a turn that is cancelled while it tells what it leaves has told it', async () => {
  const conversationId = newConversation();
  await world.ended('hi', { conversationId });
  const turnId = await world.say('patient', { conversationId });
  await world.pending(turnId);
  const turn = world.turn(turnId);
  await turn.signal('park');
  await until('the parked turn', async () => (await world.read(turnId))?.status === 'parked');
  // Both come with one task.
  await world.stopWorker();
  await turn.signal('tellWhenFree');
  await turn.cancel();
  await world.startWorker();
  expect(await world.end(turnId)).toMatchObject({ status: 'cancelled' });
  const { events } = await handleOf(conversationId).fetchHistory();
  const told = events!.filter(
    ({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName === 'turnLeft',
  );
  expect(told).toHaveLength(1);
  expect(await world.ended('hi', { conversationId })).toMatchObject({ status: 'completed' });
});

test('continuing as new every two turns loses no message, repeats none, and keeps thread and order', async () => {
  const conversationId = newConversation();
  await begin(conversationId, { turnsPerExecution: 2 });
  const keys = Array.from({ length: 9 }, (_, index) => `key-${index}`);
  const said: string[] = [];
  for (const idempotencyKey of keys) said.push(await world.say('hi', { conversationId, idempotencyKey }));
  const again = await Promise.all(
    keys.map((idempotencyKey) => world.say('hi', { conversationId, idempotencyKey })),
  );
  expect(again).toEqual(said);
  const turns = await Promise.all(said.map((turnId) => world.end(turnId)));
  expect(turns.every(({ status }) => status === 'completed')).toBe(true);
  expect(new Set(turns.map(({ run }) => run?.threadId)).size).toBe(1);
  for (const idempotencyKey of keys) await world.say('hi', { conversationId, idempotencyKey });
  const created = (await world.requests('runs.create'))
    .map(({ body }) => (body as { metadata: { countersign_turn: string } }).metadata.countersign_turn)
    .filter((turnId) => turnId.startsWith(conversationId));
  expect(created).toEqual(said);
});

describe('a turn that an operator terminates', () => {
  test('does not keep the next message', async () => {
    const conversationId = newConversation();
    const first = await world.say('single', { conversationId });
    await world.pending(first);
    await world.turn(first).terminate('by hand');
    // Its run is still active at the provider: it belongs to nobody any more.
    await expireRunOf(first);
    expect(await world.ended('hi', { conversationId })).toMatchObject({ status: 'completed' });
  });

  test('keeps a message that waits behind it only until the conversation looks again', async () => {
    const conversationId = newConversation();
    await begin(conversationId, { lookAgainMs: 300 });
    const first = await world.say('single', { conversationId });
    await world.pending(first);
    const second = await world.say('hi', { conversationId });
    expect(await world.read(second)).toMatchObject({ status: 'queued' });
    await expireRunOf(first);
    await world.turn(first).terminate('by hand');
    expect(await world.end(second)).toMatchObject({ status: 'completed' });
  });
});

test('a conversation continues as new while a turn of it is held, and its messages wait all the same', async () => {
  const conversationId = newConversation();
  await begin(conversationId, { turnsPerExecution: 1 });
  const conversation = handleOf(conversationId);
  const { runId } = await conversation.describe();
  const approval = await world.asked('single', { conversationId });
  await until('the continued conversation', async () =>
    (await conversation.describe()).runId === runId ? null : true,
  );
  const next = await world.say('hi', { conversationId });
  expect(await world.read(next)).toMatchObject({ status: 'queued' });
  await world.decide(approval, {});
  const [first, second] = [await world.end(approval.turnId), await world.end(next)];
  expect(second).toMatchObject({ status: 'completed', run: { threadId: first.run!.threadId } });
});

test('a conversation keeps its history short, and its first turn is not taken for one that waits', async () => {
  const conversationId = newConversation();
  const said: string[] = [];
  for (let turn = 1; turn <= 10; turn += 1) {
    const turnId = await world.say('hi', { conversationId });
    await world.end(turnId);
    said.push(turnId);
  }
  const conversation = handleOf(conversationId);
  const now = await until('the continued conversation', async () => {
    const seen = await conversation.describe();
    return seen.raw.workflowExecutionInfo?.firstRunId === seen.runId ? null : seen;
  });
  expect(now.historyLength).toBeLessThan(10);
  // As when Temporal has kept it for as long as the namespace wants.
  const workflowExecution = { workflowId: turnWorkflowId(TENANT, said[0]!) };
  await world.temporal.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution });
  await until('the end of the first turn’s record', async () => {
    const turn = await world.read(said[0]!);
    expect(turn?.status).not.toBe('queued');
    return turn === null;
  });
  expect(await world.ended('hi', { conversationId })).toMatchObject({ status: 'completed' });
});

test('a conversation shows its turns and what was said', async () => {
  const conversationId = newConversation();
  const first = await world.say('hi', { conversationId });
  await world.end(first);
  const approval = await world.asked('single', { conversationId });
  const third = await world.say('ungated', { conversationId });
  const shown = await until('both turns in the list', async () => {
    const view = await world.client.getConversation(TENANT, conversationId);
    return view?.turns.length === 3 && view.turns[1]?.status === 'awaiting_decision' ? view : null;
  });
  expect(shown.turns).toMatchObject([
    { turnId: third, status: 'queued' },
    { turnId: approval.turnId, status: 'awaiting_decision' },
    { turnId: first, status: 'completed' },
  ]);
  const messages = await world.client.listMessages(TENANT, conversationId);
  expect(messages).toMatchObject([
    { turnId: approval.turnId, role: 'user', text: 'single' },
    { turnId: first, role: 'assistant', text: 'Hello.' },
    { turnId: first, role: 'user', text: 'hi' },
  ]);
  expect(await world.client.getConversation('other', conversationId)).toBeNull();
  expect(await world.client.listMessages(TENANT, 'nowhere')).toBeNull();
  await world.decide(approval, { decision: 'deny' });
  await world.end(third);
});

test('a limit of turns counts those that wait, newest first; a limit of messages those that have begun', async () => {
  const conversationId = newConversation();
  const approval = await world.asked('single', { conversationId });
  const waiting = [];
  for (const message of ['hi', 'ungated', 'hi']) waiting.push(await world.say(message, { conversationId }));
  const listed = async (limit: number) =>
    (await world.client.getConversation(TENANT, conversationId, limit))?.turns.map(({ turnId }) => turnId);
  await until('the held turn in the list', async () => (await listed(4))?.length === 4);
  const newestFirst = [...waiting.toReversed(), approval.turnId];
  for (const limit of [1, 2, 3, 4, 20]) expect(await listed(limit)).toEqual(newestFirst.slice(0, limit));
  for (const limit of [1, 3, 20])
    expect(await world.client.listMessages(TENANT, conversationId, limit)).toMatchObject([
      { turnId: approval.turnId, role: 'user', text: 'single' },
    ]);
  await world.decide(approval, { decision: 'deny' });
  await world.end(waiting.at(-1)!);
});

async function expireRunOf(turnId: string): Promise<void> {
  const { run } = (await world.read(turnId))!;
  await world.control(`runs/${run!.runId}/expire`, {});
}
