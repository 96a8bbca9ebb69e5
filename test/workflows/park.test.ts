import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { Approval, ShownApproval } from '../../src/contracts/approval.ts';
import { turnWorkflowId } from '../../src/contracts/ids.ts';
import type { TurnView } from '../../src/contracts/turn.ts';
import { createDesk } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { startWorld, TENANT, type World } from '../support/world.ts';

/** A run that lives 23 s: less the submit margin of 20 s, it is parked after about 3 s. */
const TTL_SECONDS = 23;

const desk = createDesk();
let world: World;

beforeAll(async () => {
  world = await startWorld({ app: desk.app, name: 'park', simulator: { runTtlSeconds: TTL_SECONDS } });
});
afterAll(() => world.stop());
beforeEach(() => {
  desk.effects.length = 0;
});

async function parked(message: string, conversationId: string): Promise<TurnView> {
  const turnId = await world.say(message, { conversationId });
  return until('the parked turn', async () => {
    const turn = await world.client.getTurn(TENANT, turnId, 1_000);
    return turn?.status === 'parked' ? turn : null;
  });
}

async function continuation(turnId: string): Promise<{ turn: TurnView; told: string }> {
  const { continuations } = await world.end(turnId);
  const turn = await world.end(continuations!.at(-1)!);
  return { turn, told: await messageOf(turn.turnId) };
}

async function messageOf(turnId: string): Promise<string> {
  const creates = await world.requests('runs.create');
  const create = creates.find(({ body }) => JSON.stringify(body).includes(`"${turnId}"`));
  return (create!.body as { additional_messages: { content: string }[] }).additional_messages[0]!.content;
}

const newConversation = () => `park-${crypto.randomUUID().slice(0, 8)}`;

describe('an approval that outlives its run', () => {
  test('is parked: the run ends with a placeholder that names it, and the reply is there', async () => {
    const turn = await parked('patient', newConversation());
    const [approval] = turn.approvals;
    expect(approval).toMatchObject({ status: 'pending', onRunDeadline: 'park' });
    expect(approval!.parkedAt).toBeDefined();
    expect(Date.parse(approval!.deadline!) - Date.parse(approval!.requestedAt)).toBe(3_600_000);
    expect(turn.reply).toContain(`awaits approval ${approval!.approvalId}`);
    expect(desk.effects).toEqual([]);
    const { approvals } = await world.client.listPending(TENANT);
    expect(approvals.map(({ approvalId }) => approvalId)).toContain(approval!.approvalId);
    await world.client.cancelTurn(TENANT, turn.turnId);
    expect(await world.end(turn.turnId)).toMatchObject({
      status: 'cancelled',
      approvals: [{ status: 'cancelled' }],
    });
  });

  test('the conversation goes on meanwhile; a late approval runs once and the model is told by whom', async () => {
    const conversationId = newConversation();
    const turn = await parked('patient', conversationId);
    expect(await world.end(await world.say('hi', { conversationId }))).toMatchObject({ reply: 'Hello.' });
    const [approval] = turn.approvals;
    const receipt = await world.decide(approval!, { note: 'back from holiday' });
    expect(receipt).toMatchObject({ outcome: 'applied', status: 'approved' });
    const { turn: next, told } = await continuation(turn.turnId);
    expect(next).toMatchObject({
      status: 'completed',
      conversationId,
      run: { threadId: turn.run!.threadId },
    });
    expect(told).toContain('"patient"');
    expect(told).toContain('ada approved it. Notes: back from holiday Result: patient is done.');
    expect(desk.effects).toMatchObject([{ tool: 'patient', key: approval!.approvalId, approver: 'ada' }]);
    expect(await world.decide(approval!, { decision: 'deny' })).toMatchObject({ outcome: 'conflict' });
    expect(await world.client.getTurn(TENANT, turn.turnId)).toMatchObject({
      status: 'completed',
      reply: turn.reply,
      approvals: [{ status: 'approved', outcome: 'executed' }],
    });
  });

  test.each([
    ['denial', { decision: 'deny', note: 'no' } as const, 'ada denied it.'],
    [
      'answer',
      { decision: 'respond', response: 'Ask again tomorrow.' } as const,
      'Answer: Ask again tomorrow.',
    ],
  ])('a late %s is told too', async (_, decision, words) => {
    const turn = await parked('patient', newConversation());
    await world.decide(turn.approvals[0]!, decision);
    expect((await continuation(turn.turnId)).told).toContain(words);
    expect(desk.effects).toEqual([]);
  });

  test('its own expiry is told too', async () => {
    const turn = await parked('hasty', newConversation());
    expect((await continuation(turn.turnId)).told).toContain('nobody decided in time');
    expect(await world.decide(turn.approvals[0]!, {})).toMatchObject({ outcome: 'expired' });
    expect(desk.effects).toEqual([]);
  });

  test('several of one turn are decided in any order, each with its own continuation', async () => {
    const turn = await parked('twofold', newConversation());
    const [first, second] = ['A-1', 'A-2'].map((orderId) =>
      turn.approvals.find(({ arguments: args }) => args.orderId === orderId),
    ) as [ShownApproval, ShownApproval];
    await world.decide(second, { decision: 'edit', arguments: { orderId: 'A-3' } });
    expect(await world.client.getTurn(TENANT, turn.turnId)).toMatchObject({ status: 'parked' });
    await world.decide(first, { decision: 'deny' });
    const { continuations } = await world.end(turn.turnId);
    expect(continuations).toHaveLength(2);
    await Promise.all(continuations!.map((turnId) => world.end(turnId)));
    const told = await Promise.all(continuations!.map(messageOf));
    const toldOf = (approval: Approval) => told.filter((message) => message.includes(approval.approvalId));
    const [edited] = toldOf(second);
    expect(edited).toContain('ada changed what was asked for and approved that.');
    expect(edited).toContain(
      'What you asked for: {"orderId":"A-2"}. What ada approved instead: {"orderId":"A-3"}',
    );
    expect(toldOf(first)).toEqual([expect.stringContaining('ada denied it.')]);
    expect(desk.effects.filter(({ tool }) => tool === 'patient')).toMatchObject([
      { args: { orderId: 'A-3' } },
    ]);
  });

  test('approved before its run has ended it is done and told, though the tool takes longer than the run', async () => {
    const turnId = await world.say('single', { conversationId: newConversation(), assistant: 'parker' });
    const [approval] = await world.pending(turnId);
    await world.control('faults', {
      match: { operation: 'runs.submit' },
      fault: { type: 'delay', ms: 1_000, when: 'after' },
    });
    await world.temporal.workflow.getHandle(turnWorkflowId(TENANT, turnId)).signal('park');
    await until('the parked question', async () => {
      const now = await world.client.getApproval(TENANT, approval!.approvalId);
      return now?.parkedAt === undefined ? null : true;
    });
    desk.pauses.nextMs.push(3_000);
    await world.decide(approval!, {});
    const { turn: next } = await continuation(turnId);
    expect(next.status).toBe('completed');
    expect(await world.client.getTurn(TENANT, turnId)).toMatchObject({
      status: 'completed',
      approvals: [{ status: 'approved', outcome: 'executed' }],
    });
    expect(desk.effects).toHaveLength(1);
  });

  test('approved, under way and then cancelled it is told in a turn that there is, so that nobody repeats it', async () => {
    const turn = await parked('patient', newConversation());
    desk.pauses.nextMs.push(30_000);
    await world.decide(turn.approvals[0]!, {});
    await expect.poll(() => desk.pauses.nextMs).toEqual([]);
    await world.client.cancelTurn(TENANT, turn.turnId);
    const { turn: next, told } = await continuation(turn.turnId);
    expect(next.status).toBe('completed');
    expect(told).toContain('ada approved it. Result: The outcome of "patient" is unknown');
    expect(await world.client.getTurn(TENANT, turn.turnId)).toMatchObject({
      status: 'cancelled',
      continuations: [next.turnId],
      approvals: [{ status: 'approved', outcome: 'unknown' }],
    });
  });

  test('a turn cancelled between parking and its reply ends, and its question with it', async () => {
    const turnId = await world.say('single', { conversationId: newConversation(), assistant: 'parker' });
    const [approval] = await world.pending(turnId);
    // The model takes its time with the reply: the outputs are on their way when the turn is cancelled.
    await world.control('faults', {
      match: { operation: 'runs.submit' },
      fault: { type: 'delay', ms: 3_000, when: 'after' },
    });
    await world.temporal.workflow.getHandle(turnWorkflowId(TENANT, turnId)).signal('park');
    await until('the parked question', async () => {
      const now = await world.client.getApproval(TENANT, approval!.approvalId);
      return now?.parkedAt === undefined ? null : true;
    });
    await world.client.cancelTurn(TENANT, turnId);
    expect(await world.end(turnId)).toMatchObject({
      status: 'cancelled',
      approvals: [{ status: 'cancelled' }],
    });
  });

  test('a decision before the deadline of the run makes no continuation', async () => {
    const turnId = await world.say('patient');
    const [approval] = await world.pending(turnId);
    await world.decide(approval!, {});
    expect(await world.end(turnId)).toMatchObject({ status: 'completed', continuations: [] });
  });

  test('survives its worker: decided while none was up, it is done once one is back', async () => {
    const turn = await parked('patient', newConversation());
    await world.stopWorker();
    expect(await world.decide(turn.approvals[0]!, {})).toMatchObject({ outcome: 'accepted' });
    await world.startWorker();
    expect((await continuation(turn.turnId)).told).toContain('ada approved it');
    expect(desk.effects).toHaveLength(1);
  });
});
