import { describe, expect, test } from 'vitest';

import { until } from '../../src/testing/wait.ts';
import { deskFor, TENANT, worldFor } from '../support/world.ts';
import { SURFACES } from './surfaces.ts';

/** Shorter than one of the delays below, so that an answer can come too late. */
const REQUEST_LIMIT_MS = 1_500;

// Each protocol has a world of its own, so all four are tried at once. In its world one test follows the other.
const inTurn = { concurrent: false };

/**
 * What holds whichever protocol the provider speaks, against the simulator over HTTP and the official client. "Nothing twice" is
 * counted in the simulator's record of requests and in what the tools did.
 */
describe.concurrent.each(SURFACES)('$protocol', ({ protocol, operations, isRepeatable, left }) => {
  const desk = deskFor();
  const world = worldFor({
    app: desk.app,
    name: `contract-${protocol}`,
    protocol,
    requestLimitMs: REQUEST_LIMIT_MS,
  });

  async function nothingTwice(turnId: string, submits = 1): Promise<void> {
    const { creates, submits: had } = await left(world, turnId);
    if (isRepeatable) {
      expect(creates).toBeGreaterThan(0);
      expect(had).toBeGreaterThanOrEqual(submits);
    } else {
      expect({ creates, submits: had }).toEqual({ creates: 1, submits });
    }
  }

  test('a message without calls gets its reply', inTurn, async () => {
    const turnId = await world.say('hi');
    const turn = await world.end(turnId);
    expect(turn).toMatchObject({ status: 'completed', reply: 'Hello.', approvals: [] });
    expect(turn.usage?.totalTokens).toBeGreaterThan(0);
    await nothingTwice(turnId, 0);
  });

  test('several turns go on in one thread', inTurn, async () => {
    const conversationId = `c-${protocol}-turns`;
    const ungated = async () => world.ended('ungated', { conversationId });
    const [first, second] = [await ungated(), await ungated()];
    for (const turn of [first, second])
      expect(turn).toMatchObject({ reply: 'lookup: lookup is done.', approvals: [] });
    expect(desk.effects).toHaveLength(2);
    expect(second.run!.threadId).toBe(first.run!.threadId);
  });

  test('approve: the action runs once, as it was shown, and the model is told', inTurn, async () => {
    const approval = await world.asked('single');
    const { argumentsDigest, approvalId: key } = approval;
    const receipt = await world.decide(approval, { note: 'fine', argumentsDigest });
    expect(receipt).toMatchObject({ outcome: 'applied', status: 'approved' });
    const turn = await world.end(approval.turnId);
    expect(turn).toMatchObject({ status: 'completed', reply: 'refund: refund is done.' });
    const decision = { approver: { id: 'ada' }, note: 'fine', source: 'client' };
    expect(turn.approvals).toMatchObject([{ status: 'approved', outcome: 'executed', decision }]);
    const args = { orderId: 'A-1', amountCents: 4_200 };
    expect(desk.effects).toMatchObject([{ tool: 'refund', args, key, approver: 'ada' }]);
    expect(turn.usage?.totalTokens).toBeGreaterThan(0);
    await nothingTwice(approval.turnId);
  });

  test.each([
    ['denied', { decision: 'deny', note: 'no' } as const, 'refund: Decision: denied. Notes: no'],
    ['answered', { decision: 'respond', response: 'Ask again.' } as const, 'refund: Ask again.'],
  ])(
    '%s: nothing runs, and the model is told in the person’s words',
    inTurn,
    async (status, decision, reply) => {
      const turn = await world.decided('single', decision);
      expect(turn).toMatchObject({ reply, approvals: [{ status, outcome: 'not_executed' }] });
      expect(desk.effects).toEqual([]);
      await nothingTwice(turn.turnId);
    },
  );

  test('edit: what runs is the edit, and the model is told', inTurn, async () => {
    const args = { orderId: 'A-1', amountCents: 5 };
    const turn = await world.decided('single', { decision: 'edit', arguments: args });
    expect(turn.reply).toContain('a person changed the arguments');
    expect(desk.effects).toMatchObject([{ args }]);
    await nothingTwice(turn.turnId);
  });

  test('a question nobody answers expires, and nothing runs', inTurn, async () => {
    const turn = await world.ended('brief');
    expect(turn).toMatchObject({ status: 'completed', approvals: [{ status: 'expired' }] });
    expect(turn.reply).toContain('Timed out. Do not proceed.');
    expect(desk.effects).toEqual([]);
  });

  test(
    'a parked question is decided later: it runs once, and a turn of its own tells the model',
    inTurn,
    async () => {
      const approval = await world.asked('patient');
      const parked = await world.park(approval.turnId);
      expect(parked.reply).toContain(`awaits approval ${approval.approvalId}`);
      const { conversationId } = parked;
      expect(await world.ended('hi', { conversationId })).toMatchObject({ reply: 'Hello.' });
      await world.decide(approval, {});
      const { continuations } = await world.end(approval.turnId);
      const told = await world.end(continuations![0]!);
      expect(told).toMatchObject({ status: 'completed', reply: 'Thank you for the news.' });
      expect(desk.effects).toMatchObject([{ tool: 'patient', key: approval.approvalId }]);
    },
  );

  test('several calls at once are settled by themselves and answered together', inTurn, async () => {
    const turnId = await world.say('parallel', { assistant: 'several' });
    const [first, second] = await world.pending(turnId, 2);
    await world.decide(second!, { decision: 'deny' });
    expect(await world.pending(turnId)).toMatchObject([{ approvalId: first!.approvalId }]);
    await world.decide(first!, {});
    const { reply } = await world.end(turnId);
    // In the order of the calls, whichever was settled first.
    expect(reply).toMatch(/refund: refund is done\..*lookup: lookup is done\..*refund: Decision: denied\./s);
    expect(desk.effects).toHaveLength(2);
    await nothingTwice(turnId);
  });

  test('several rounds make one turn', inTurn, async () => {
    const turnId = await world.say('rounds');
    await world.decide((await world.pending(turnId))[0]!, {});
    await until('the second question', async () => {
      const turn = await world.read(turnId);
      return turn?.approvals.length === 2;
    });
    await world.decide((await world.pending(turnId))[0]!, { decision: 'deny' });
    expect(await world.end(turnId)).toMatchObject({ status: 'completed' });
    expect(desk.effects.map(({ tool }) => tool)).toEqual(['lookup', 'refund']);
    await nothingTwice(turnId, 3);
  });

  test.each([
    ['malformed', 'The arguments are not valid JSON.'],
    ['misfit', 'orderId: must look like A-1042'],
    ['stranger', 'there is no tool "launch_rocket"'],
    ['forbidden', 'More than 1,000 EUR'],
  ])('%s calls are refused to the model and shown to nobody', inTurn, async (message, words) => {
    const turn = await world.ended(message);
    expect(turn).toMatchObject({ status: 'completed', approvals: [] });
    expect(turn.reply).toContain('Not executed');
    expect(turn.reply).toContain(words);
    expect(desk.effects).toEqual([]);
  });

  const FAULTS = {
    'the connection drops before the effect': { type: 'drop_before' },
    'the answer is lost after the effect': { type: 'drop_after' },
    'the answer comes too late': { type: 'delay', ms: REQUEST_LIMIT_MS + 500, when: 'after' },
    'the answer is 500 before the effect': { type: 'status', status: 500, when: 'before' },
    'the answer is 500 after the effect': { type: 'status', status: 500, when: 'after' },
    'the answer is 429 with Retry-After': { type: 'status', status: 429, headers: { 'retry-after': '1' } },
  };
  describe.each(['create', 'submit'] as const)('%s happens once', inTurn, (step) => {
    test.each(Object.entries(FAULTS))('though %s', async (_, fault) => {
      if (step === 'create') await world.fault(operations.create, fault);
      const approval = await world.asked('single');
      if (step === 'submit') await world.fault(operations.submit, fault);
      await world.decide(approval, {});
      expect(await world.end(approval.turnId)).toMatchObject({
        status: 'completed',
        reply: 'refund: refund is done.',
      });
      expect(desk.effects).toHaveLength(1);
      await nothingTwice(approval.turnId);
    });
  });

  test(
    'of two equal messages each is answered once, though the answer of the second is lost',
    inTurn,
    async () => {
      const conversationId = `c-${protocol}-twice`;
      await world.ended('hi', { conversationId });
      await world.fault(operations.createNext ?? operations.create, { type: 'drop_after' });
      const second = await world.say('hi', { conversationId });
      expect(await world.end(second)).toMatchObject({ status: 'completed', reply: 'Hello.' });
      await nothingTwice(second, 0);
    },
  );

  test('a turn cancelled while it waits ends, and the conversation goes on', inTurn, async () => {
    const conversationId = `c-${protocol}-cancelled`;
    const approval = await world.asked('single', { conversationId });
    await world.client.cancelTurn(TENANT, approval.turnId);
    expect(await world.end(approval.turnId)).toMatchObject({
      status: 'cancelled',
      approvals: [{ status: 'cancelled' }],
    });
    expect(await world.decide(approval, {})).toMatchObject({ outcome: 'cancelled' });
    const next = await world.ended('hi', { conversationId });
    expect(next).toMatchObject({ status: 'completed', reply: 'Hello.' });
    expect(desk.effects).toEqual([]);
  });

  test(
    'a key that is revoked while the turn waits ends it with a failure that names the setting',
    inTurn,
    async () => {
      const approval = await world.asked('single');
      await world.fault(operations.submit, { type: 'status', status: 401 });
      await world.decide(approval, {});
      const { status, failure } = await world.end(approval.turnId);
      expect(status).toBe('failed');
      expect(failure).toMatchObject({ type: 'Provider.Unauthorized' });
      expect(failure!.message).toContain('OPENAI_API_KEY');
      expect(desk.effects).toHaveLength(1);
    },
  );
});
