import { randomUUID } from 'node:crypto';

import { beforeEach, describe, expect, test } from 'vitest';

import { conversationWorkflowId } from '../../src/contracts/ids.ts';
import type { TurnResult } from '../../src/contracts/turn.ts';
import { defineApp, defineAssistant } from '../../src/index.ts';
import { until } from '../../src/testing/wait.ts';
import { deskFor, TENANT, worldFor } from '../support/world.ts';

const desk = deskFor();
const [, { tools }] = desk.app.assistants as [unknown, (typeof desk.app.assistants)[0]];
const app = defineApp({
  assistants: [
    ...desk.app.assistants,
    defineAssistant({
      ...{ name: 'narrow', model: 'gpt-test', instructions: 'Help.', tools: [...tools] },
      chat: { omit: ['strict', 'parallel_tool_calls'] },
    }),
    defineAssistant({
      ...{ name: 'impatient', model: 'gpt-test', instructions: 'Help.' },
      chat: { timeout: '1s' },
    }),
  ],
});
const world = worldFor({ app, name: 'chat', protocol: 'chat' });
beforeEach(async () => {
  await fetch(new URL('/_simulator/faults', world.provider), { method: 'DELETE' });
});

const newConversation = () => `conv.${randomUUID().slice(0, 8)}`;

interface Message {
  role: string;
  content: string | null;
  tool_calls?: { id: string; function: { name: string } }[];
  tool_call_id?: string;
}
interface Request {
  messages: Message[];
  tools?: { function: { name: string; strict?: boolean } }[];
  parallel_tool_calls?: boolean;
}

/** The requests whose transcript has this text, oldest first. */
async function asked(text: string): Promise<Request[]> {
  const requests = await world.requests('chat.create');
  return requests
    .map(({ body }) => body as Request)
    .filter(({ messages }) => messages.some(({ content }) => content?.includes(text)));
}

const said = ({ messages }: Request) => messages.map(({ role, content }) => [role, content]);

describe('a conversation whose provider keeps nothing', () => {
  test('two turns share one transcript; the instructions stand before it and not in it', async () => {
    const conversationId = newConversation();
    expect(await world.ended('ungated one', { conversationId })).toMatchObject({
      reply: 'lookup: lookup is done.',
    });
    const second = await world.ended('hello two', { conversationId });
    expect(second).toMatchObject({ status: 'completed', reply: 'Hello.' });
    expect(second.run!.threadId).toMatch(/^chat_[0-9a-f]{24}$/);
    const [request] = await asked('hello two');
    expect(said(request!)).toEqual([
      ['system', 'Help.'],
      ['user', 'ungated one'],
      ['assistant', null],
      ['tool', 'lookup is done.'],
      ['assistant', 'lookup: lookup is done.'],
      ['user', 'hello two'],
    ]);
    const result = (await world.turn(second.turnId).result()) as TurnResult;
    expect(result.transcript).toHaveLength(6);
    expect(JSON.stringify(result.transcript)).not.toContain('Help.');
    expect(await world.read(second.turnId)).not.toHaveProperty('transcript');
  });

  test('the usage of a turn is that of all its requests', async () => {
    const turn = await world.ended('ungated', { conversationId: newConversation() });
    const alone = await world.ended('hi', { conversationId: newConversation() });
    expect(turn.usage!.totalTokens).toBeGreaterThan(alone.usage!.totalTokens * 2);
  });

  test('continuing as new after each turn keeps what was said', async () => {
    const conversationId = newConversation();
    await world.temporal.workflow.start('conversation', {
      workflowId: conversationWorkflowId(TENANT, conversationId),
      taskQueue: world.taskQueue,
      args: [{ tenant: TENANT, conversationId, turnsPerExecution: 1 }],
    });
    const names = ['alpha', 'beta', 'gamma', 'delta'];
    for (const name of names) await world.ended(`hello ${name}`, { conversationId });
    const [request] = await asked('hello delta');
    expect(said(request!).filter(([role]) => role === 'user')).toEqual(
      names.map((name) => ['user', `hello ${name}`]),
    );
  });
});

describe('gated tools', () => {
  test('an option leaves both out', async () => {
    const turnId = await world.say('hello omit', { assistant: 'narrow' });
    await world.end(turnId);
    const [request] = await asked('hello omit');
    expect(request).not.toHaveProperty('parallel_tool_calls');
    expect(JSON.stringify(request!.tools)).not.toContain('strict');
  });

  test('without gated tools nothing of it is sent', async () => {
    await world.ended('hello mute', { assistant: 'mute' });
    const [request] = await asked('hello mute');
    expect(Object.keys(request!).toSorted()).toEqual(['messages', 'model']);
  });
});

describe('a turn that ends in the middle', () => {
  const outputsIn = (request: Request) =>
    request.messages.filter(({ role }) => role === 'tool').map(({ content }) => content);

  test('cancelled while the model thinks: the request is given up, and the turn ends at once', async () => {
    const turnId = await world.say('slowly');
    await until('the request', async () => (await asked('slowly')).length > 0);
    await world.client.cancelTurn(TENANT, turnId);
    expect(await world.end(turnId)).toMatchObject({ status: 'cancelled' });
  });

  test('cancelled in the second round: the next turn knows what came of each call', async () => {
    const conversationId = newConversation();
    const approval = await world.asked('mixed', { conversationId });
    await world.decide(approval, { decision: 'deny' });
    const [wipe] = await world.pending(approval.turnId);
    await world.client.cancelTurn(TENANT, approval.turnId);
    await world.end(approval.turnId);
    expect(wipe!.tool).toBe('wipe');
    await world.ended('hello then', { conversationId });
    const [request] = await asked('hello then');
    expect(outputsIn(request!)).toEqual([
      'Decision: denied.',
      'The turn is over. The action was not carried out.',
    ]);
  });

  test('a key revoked after the action was carried out: the action is not forgotten', async () => {
    const conversationId = newConversation();
    const approval = await world.asked('single', { conversationId });
    await world.fault('chat.create', { type: 'status', status: 401 });
    await world.decide(approval, {});
    expect(await world.end(approval.turnId)).toMatchObject({ status: 'failed' });
    await world.ended('hello again', { conversationId });
    const [request] = await asked('hello again');
    expect(outputsIn(request!)).toEqual(['refund is done.']);
    expect(desk.effects).toHaveLength(1);
  });

  test('a tool that ends the turn: what the other call did stands in the transcript', async () => {
    const conversationId = newConversation();
    const narrow = { conversationId, assistant: 'narrow' };
    desk.failures.next.push(new Error('It broke.'));
    expect(await world.ended('fragility', narrow)).toMatchObject({
      status: 'failed',
      failure: { type: 'Tool.Failed' },
    });
    await world.ended('hello later', narrow);
    const [request] = await asked('hello later');
    expect(outputsIn(request!)).toEqual([
      expect.stringContaining('It broke.'),
      'The turn is over. The action was not carried out.',
    ]);
  });
});

test('a model that is slower than its limit is asked three times, and the failure says what to raise', async () => {
  const turn = await world.ended('slowly, and for money', { assistant: 'impatient' });
  expect(turn).toMatchObject({ status: 'failed', failure: { type: 'Provider.Unreachable' } });
  expect(turn.failure!.message).toContain('raise chat.timeout of the assistant "impatient" (1,000 ms now)');
  expect(await asked('slowly, and for money')).toHaveLength(3);
});

test('a file is refused with the setting, and nothing is sent', async () => {
  const before = (await world.requests('chat.create')).length;
  const turn = await world.ended('hi', { attachments: [{ fileId: 'file-1' }] });
  expect(turn).toMatchObject({
    status: 'failed',
    failure: {
      type: 'Attachment.NoTool',
      message: expect.stringContaining('COUNTERSIGN_PROVIDER is "chat"') as string,
    },
  });
  expect(await world.requests('chat.create')).toHaveLength(before);
});
