import { describe, expect, test } from 'vitest';

import { defineApp, defineAssistant, forbid, requireApproval, type McpOptions } from '../../src/index.ts';
import { deskFor, startWorld, TENANT, worldFor } from '../support/world.ts';

const shop: McpOptions = {
  serverLabel: 'shop',
  serverUrl: 'https://shop.example/mcp',
  policy: ({ tool }) => (tool === 'burn' ? forbid('Nothing is burnt.') : requireApproval()),
};
const call = (tool: string) => ({
  tool,
  arguments: { orderId: 'A-1' },
  mcp: { serverLabel: 'shop', output: 'ok' },
});
const SCENARIO = {
  rules: [
    { when: ['shipping'], rounds: [{ calls: [call('ship')] }], reply: '{{output.ship}}' },
    {
      when: ['sinking'],
      rounds: [{ calls: [{ ...call('ship'), mcp: { serverLabel: 'shop', error: 'The ship is full.' } }] }],
      reply: '{{output.ship}}',
    },
    { when: ['burning'], rounds: [{ calls: [call('burn')] }], reply: '{{output.burn}}' },
    {
      when: ['single'],
      rounds: [{ calls: [{ tool: 'refund', arguments: { orderId: 'A-1', amountCents: 4_200 } }] }],
      reply: '{{output.refund}}',
    },
  ],
  otherwise: { reply: 'Hello.' },
};

const desk = deskFor();
const tools = [...desk.app.assistants[0]!.tools];
const about = { model: 'gpt-test', instructions: 'Help.' };
const app = defineApp({
  assistants: [
    defineAssistant({ name: 'desk', ...about, tools, mcp: [shop] }),
    defineAssistant({ name: 'chained', ...about, tools, responses: { state: 'previous_response' } }),
  ],
});
const world = worldFor({
  app,
  name: 'responses',
  protocol: 'responses',
  simulator: { scenario: SCENARIO },
});

async function callsMade(turnId: string): Promise<{ name: string }[]> {
  const { responses } = (await world.control('state')) as {
    responses: { metadata: Record<string, string>; output: { type: string; name: string }[] }[];
  };
  return responses
    .filter(({ metadata }) => metadata.countersign_turn === turnId)
    .flatMap(({ output }) => output.filter(({ type }) => type === 'mcp_call'));
}

describe('a tool of an MCP server', () => {
  test('is held, shown with its arguments, and run by the provider once it is approved', async () => {
    const approval = await world.asked('shipping');
    expect(approval).toMatchObject({ tool: 'shop.ship', arguments: { orderId: 'A-1' }, runsAt: 'provider' });
    expect(await callsMade(approval.turnId)).toEqual([]);
    await world.decide(approval, {});
    const turn = await world.end(approval.turnId);
    expect(turn).toMatchObject({ status: 'completed', reply: 'ok' });
    expect(turn.approvals).toMatchObject([{ status: 'approved', outcome: 'executed' }]);
    expect(await callsMade(approval.turnId)).toHaveLength(1);
  });

  test('is approved once, though the answer to the approval is lost', async () => {
    const approval = await world.asked('shipping');
    await world.fault('responses.create', { type: 'drop_after' });
    await world.decide(approval, {});
    const turn = await world.end(approval.turnId);
    expect(turn).toMatchObject({ status: 'completed', reply: 'ok', approvals: [{ outcome: 'executed' }] });
    expect(await callsMade(approval.turnId)).toHaveLength(1);
  });

  test('that fails at the provider is shown as failed, and the model reads why', async () => {
    const turn = await world.decided('sinking');
    expect(turn).toMatchObject({ status: 'completed', reply: 'The ship is full.' });
    expect(turn.approvals).toMatchObject([{ status: 'approved', outcome: 'failed' }]);
  });

  test('can be denied, not edited nor answered instead', async () => {
    const approval = await world.asked('shipping');
    for (const decision of [
      { decision: 'edit', arguments: { orderId: 'A-2' } },
      { decision: 'respond', response: 'No.' },
    ] as const) {
      const receipt = await world.decide(approval, decision);
      expect(receipt).toMatchObject({ outcome: 'refused', reason: 'not_possible', status: 'pending' });
    }
    await world.decide(approval, { decision: 'deny', note: 'out of stock' });
    expect((await world.end(approval.turnId)).reply).toContain('out of stock');
    expect(await callsMade(approval.turnId)).toEqual([]);
  });

  test('that the policy forbids is refused and shown to nobody', async () => {
    const turnId = await world.say('burning');
    const turn = await world.end(turnId);
    expect(turn).toMatchObject({ status: 'completed', approvals: [] });
    expect(turn.reply).toContain('Nothing is burnt.');
    expect(await callsMade(turnId)).toEqual([]);
  });
});

describe('a chain of responses', () => {
  test('goes on from the newest one in each turn, also after one that was cancelled', async () => {
    const said = { conversationId: 'chain', assistant: 'chained' };
    const first = await world.ended('hi', said);
    expect(first.run!.threadId).toBe(`previous_response:${first.run!.runId}`);
    const cancelled = await world.say('single', said);
    await world.pending(cancelled);
    await world.client.cancelTurn(TENANT, cancelled);
    await world.end(cancelled);
    const turnId = await world.say('single', said);
    await world.decide((await world.pending(turnId))[0]!, {});
    expect(await world.end(turnId)).toMatchObject({ status: 'completed', reply: 'refund is done.' });
    const made = (await world.requests('responses.create')).map(
      ({ body }) => body as { previous_response_id?: string; metadata: Record<string, string> },
    );
    const after = made.find(({ metadata }) => metadata.countersign_turn === cancelled);
    expect(after!.previous_response_id).toBe(first.run!.runId);
    expect(desk.effects).toHaveLength(1);
  });
});

test('a thread of another protocol ends the turn with a failure that names COUNTERSIGN_PROVIDER', async () => {
  const conversationId = 'foreign';
  await world.ended('hi', { conversationId });
  await world.stopWorker();
  const other = await startWorld({ app: desk.app, name: 'responses', baseURL: world.provider });
  try {
    const { failure } = await other.ended('hi', { conversationId });
    expect(failure).toMatchObject({ type: 'Provider.WrongProtocol' });
    expect(failure!.message).toContain('COUNTERSIGN_PROVIDER');
  } finally {
    await other.stop();
    await world.startWorker();
  }
});
