import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Approval, ShownApproval } from '../../src/contracts/approval/approval.ts';
import type { NewDecision } from '../../src/contracts/approval/decision.ts';
import { turnWorkflowId } from '../../src/contracts/ids.ts';
import type { TurnView } from '../../src/contracts/turn.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { SCENARIO } from '../support/scenario.ts';
import { deskFor } from '../support/world.ts';
import { until } from '../../src/testing/wait.ts';

const desk = deskFor();
let gate: Gate;

beforeAll(async () => {
  gate = await startGate({ app: desk.app, scenario: SCENARIO, patience: '45s' });
});
afterAll(() => gate.close());

/** The turn when its run has ended without an answer. */
async function parked(message: string, conversationId: string): Promise<TurnView> {
  const turn = await gate.say(message, { conversationId });
  const card = await turn.asked();
  await gate.advance(new Date(card.approval.runDeadline!));
  return until('the parked turn', async () => {
    const view = await turn.read();
    return view.status === 'parked' ? view : null;
  });
}

async function asked(message: string): Promise<ShownApproval & { turnId: string }> {
  const turn = await gate.say(message, { assistant: 'parker' });
  return (await turn.asked()).approval as ShownApproval;
}

/** As when its run ended now; the reply may still be on its way. */
async function parkNow({ turnId, approvalId }: ShownApproval & { turnId: string }): Promise<void> {
  await gate.temporal.workflow.getHandle(turnWorkflowId(gate.tenant, turnId)).signal('park');
  const parkedAt = async () => (await gate.client.getApproval(gate.tenant, approvalId))?.parkedAt;
  await until('the parked question', parkedAt);
}

function end(turnId: string): Promise<TurnView> {
  return until('the end of the turn', async () => {
    const view = await gate.client.getTurn(gate.tenant, turnId);
    return view && ['completed', 'failed', 'cancelled', 'expired'].includes(view.status) ? view : null;
  });
}

function decide({ approvalId }: Approval | ShownApproval, decision: Partial<NewDecision>) {
  return gate.client.decide(gate.tenant, {
    approvalId,
    decision: 'approve',
    approver: { id: 'ada' },
    ...decision,
  });
}

async function continuation(turnId: string): Promise<{ turn: TurnView; told: string }> {
  const { continuations } = await end(turnId);
  const turn = await end(continuations!.at(-1)!);
  return { turn, told: messageOf(turn.turnId) };
}

function messageOf(turnId: string): string {
  const creates = gate.provider.requests('create');
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
    const { approvals } = await gate.client.listPending(gate.tenant);
    expect(approvals.map(({ approvalId }) => approvalId)).toContain(approval!.approvalId);
    await gate.client.cancelTurn(gate.tenant, turn.turnId);
    expect(await end(turn.turnId)).toMatchObject({
      status: 'cancelled',
      approvals: [{ status: 'cancelled' }],
    });
  });

  test('the conversation goes on meanwhile; a late approval runs once and the model is told by whom', async () => {
    const conversationId = newConversation();
    const turn = await parked('patient', conversationId);
    expect(await (await gate.say('hi', { conversationId })).ended()).toMatchObject({ reply: 'Hello.' });
    const [approval] = turn.approvals;
    const receipt = await decide(approval!, { note: 'back from holiday' });
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
    expect(await decide(approval!, { decision: 'deny' })).toMatchObject({ outcome: 'conflict' });
    expect(await gate.client.getTurn(gate.tenant, turn.turnId)).toMatchObject({
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
    await decide(turn.approvals[0]!, decision);
    expect((await continuation(turn.turnId)).told).toContain(words);
    expect(desk.effects).toEqual([]);
  });

  test('its own expiry is told too', async () => {
    const turn = await parked('patient', newConversation());
    await gate.advance('1h');
    expect((await continuation(turn.turnId)).told).toContain('nobody decided in time');
    expect(await decide(turn.approvals[0]!, {})).toMatchObject({ outcome: 'expired' });
    expect(desk.effects).toEqual([]);
  });

  test('several of one turn are decided in any order, each with its own continuation', async () => {
    const turn = await parked('twofold', newConversation());
    const [first, second] = ['A-1', 'A-2'].map((orderId) =>
      turn.approvals.find(({ arguments: args }) => args.orderId === orderId),
    ) as [ShownApproval, ShownApproval];
    await decide(second, { decision: 'edit', arguments: { orderId: 'A-3' } });
    expect(await gate.client.getTurn(gate.tenant, turn.turnId)).toMatchObject({ status: 'parked' });
    await decide(first, { decision: 'deny' });
    const { continuations } = await end(turn.turnId);
    expect(continuations).toHaveLength(2);
    await Promise.all(continuations!.map((turnId) => end(turnId)));
    const told = continuations!.map(messageOf);
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
    const approval = await asked('single');
    const { turnId } = approval;
    gate.provider.delay('submit', 1_000, { when: 'after' });
    await parkNow(approval);
    desk.pauses.nextMs.push(3_000);
    await decide(approval, {});
    const { turn: next } = await continuation(turnId);
    expect(next.status).toBe('completed');
    expect(await gate.client.getTurn(gate.tenant, turnId)).toMatchObject({
      status: 'completed',
      approvals: [{ status: 'approved', outcome: 'executed' }],
    });
    expect(desk.effects).toHaveLength(1);
  });

  test('approved, under way and then cancelled it is told in a turn that there is, so that nobody repeats it', async () => {
    const turn = await parked('patient', newConversation());
    desk.pauses.nextMs.push(30_000);
    await decide(turn.approvals[0]!, {});
    await expect.poll(() => desk.pauses.nextMs).toEqual([]);
    await gate.client.cancelTurn(gate.tenant, turn.turnId);
    const { turn: next, told } = await continuation(turn.turnId);
    expect(next.status).toBe('completed');
    expect(told).toContain('ada approved it. Result: The outcome of "patient" is unknown');
    expect(await gate.client.getTurn(gate.tenant, turn.turnId)).toMatchObject({
      status: 'cancelled',
      continuations: [next.turnId],
      approvals: [{ status: 'approved', outcome: 'unknown' }],
    });
  });

  test('a turn cancelled between parking and its reply ends, and its question with it', async () => {
    const approval = await asked('single');
    const { turnId } = approval;
    // The model takes its time with the reply: the outputs are on their way when the turn is cancelled.
    gate.provider.delay('submit', 3_000, { when: 'after' });
    await parkNow(approval);
    await gate.client.cancelTurn(gate.tenant, turnId);
    expect(await end(turnId)).toMatchObject({
      status: 'cancelled',
      approvals: [{ status: 'cancelled' }],
    });
  });

  test('a decision before the deadline of the run makes no continuation', async () => {
    const turn = await gate.say('patient');
    await (await turn.asked()).approve({ as: 'ada' });
    expect(await turn.ended()).toMatchObject({ status: 'completed', continuations: [] });
  });

  test('survives its worker: decided while none was up, it is done once one is back', async () => {
    const turn = await parked('patient', newConversation());
    await gate.kill('worker', { restart: false });
    expect(await decide(turn.approvals[0]!, {})).toMatchObject({ outcome: 'accepted' });
    await gate.restart('worker');
    expect((await continuation(turn.turnId)).told).toContain('ada approved it');
    expect(desk.effects).toHaveLength(1);
  });
});
