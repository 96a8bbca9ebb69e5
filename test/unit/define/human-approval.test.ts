import { describe, expect, test } from 'vitest';

import type { Approval } from '../../../src/contracts/approval/approval.ts';
import {
  defineApp,
  defineAssistant,
  DefinitionError,
  humanApprovalInstructions,
  requestHumanApproval,
  type ToolContext,
} from '../../../src/index.ts';
import { continuationOf } from '../../../src/workflows/news.ts';

const REQUEST = { action: 'Refund order A-1.', context: 'It arrived broken.', urgency: 'high' };

describe('request_human_approval', () => {
  const tool = requestHumanApproval();

  test('takes action, context and urgency, all of them and nothing else', () => {
    expect(tool.name).toBe('request_human_approval');
    expect(tool.jsonSchema).toMatchObject({
      type: 'object',
      required: ['action', 'context', 'urgency'],
      additionalProperties: false,
      properties: {
        action: { type: 'string' },
        context: { type: 'string' },
        urgency: { enum: ['low', 'medium', 'high', 'critical'] },
      },
    });
    expect(tool.parameters.safeParse(REQUEST).success).toBe(true);
    expect(tool.parameters.safeParse({ ...REQUEST, action: '' }).success).toBe(false);
    expect(tool.parameters.safeParse({ ...REQUEST, approved: true }).success).toBe(false);
  });

  test.each(['low', 'medium', 'high', 'critical'])('always asks a person, also when %s', async (urgency) => {
    const verdict = await tool.judge({ ...REQUEST, urgency }, { tenant: 'acme' });
    expect(verdict).toEqual({ kind: 'ask', reason: 'The assistant asks before it goes on.' });
  });

  test('asks whom and for how long its options say', async () => {
    const options = { approvers: ['finance'], onRunDeadline: 'park' as const };
    const verdict = await requestHumanApproval({ ...options, within: '2h' }).judge(REQUEST, {
      tenant: 'acme',
    });
    expect(verdict).toMatchObject({ kind: 'ask', withinMs: 7_200_000, ...options });
  });

  test('refuses at start what requireApproval refuses', () => {
    expect(() => requestHumanApproval({ onRunDeadline: 'park' })).toThrow(DefinitionError);
    expect(() => requestHumanApproval({ within: '0s' })).toThrow(DefinitionError);
  });

  test('one tool serves several assistants', () => {
    const assistant = { model: 'gpt-test', instructions: 'Help.', tools: [tool] };
    const assistants = ['one', 'two'].map((name) => defineAssistant({ ...assistant, name }));
    expect(() => defineApp({ assistants })).not.toThrow();
  });

  test('never says "approved" without a sign-off', async () => {
    const context: ToolContext = {
      ...{ context: { tenant: 'acme' }, conversationId: 'c-1', turnId: 'c-1.t', idempotencyKey: 'c-1.t.k' },
      signal: new AbortController().signal,
    };
    await expect(tool.execute(REQUEST, context)).rejects.toThrow('Nobody has approved it. Do not proceed.');
  });
});

describe('the instructions that make a model ask', () => {
  test('say when it must, how urgent what is, and what each answer means', () => {
    const text = humanApprovalInstructions();
    expect(text).toContain('You MUST call request_human_approval');
    expect(text).toContain('Never proceed without approval.');
    for (const answer of ['Decision: approved.', 'Decision: denied.', 'Timed out. Do not proceed.']) {
      expect(text).toContain(`- "${answer}": `);
    }
    for (const urgency of ['low', 'medium', 'high', 'critical']) {
      expect(text).toMatch(new RegExp(`^- ${urgency}: .+\\.$`, 'm'));
    }
    expect(text).toContain('an order of any amount.');
  });

  test('tell news of a parked request by how we begin it and by its id', () => {
    const approvalId = 'c-1.k3f9w2m7c5q8.0123456789ab';
    const input = {
      ...{ tenant: 'acme', conversationId: 'c-1', turnId: 'c-1.k3f9w2m7c5q8' },
      ...{ message: 'hi', context: { tenant: 'acme' } },
    };
    const approval: Approval = {
      ...{ ...input, approvalId, assistant: 'desk', toolCallId: 'call_1', arguments: REQUEST },
      ...{ tool: 'request_human_approval', toolDescription: 'Ask.', argumentsDigest: 'sha256:00' },
      ...{ status: 'denied', requestedAt: '', deadline: null, runDeadline: null, onRunDeadline: 'park' },
    };
    const { message } = continuationOf(input, approval, 'Decision: denied.');
    const start = 'News about "request_human_approval"';
    expect(humanApprovalInstructions()).toContain(`begins with '${start}'`);
    expect(message.startsWith(start)).toBe(true);
    expect(message).toContain(approvalId);
  });

  test('take thresholds, further occasions and urgencies as parameters', () => {
    const text = humanApprovalInstructions({
      mustAsk: { money: '100 EUR', outsiders: false, also: ['You change\naccess rights.'] },
      urgency: { high: 'a shop is closed.' },
    });
    expect(text).toContain('an order of 100 EUR or more.');
    expect(text).toContain('- You change access rights.');
    expect(text).toContain('- high: a shop is closed.');
    expect(text).not.toContain('anybody but the user');
    expect(text).toContain('It cannot be undone');
  });

  test('need an occasion, and no empty text', () => {
    const never = { money: false, irreversible: false, outsiders: false, unsure: false };
    expect(() => humanApprovalInstructions({ mustAsk: never })).toThrow(/switches every occasion off/);
    expect(() => humanApprovalInstructions({ mustAsk: { ...never, also: [' '] } })).toThrow(
      /also\.0 is empty/,
    );
    expect(() => humanApprovalInstructions({ urgency: { low: '' } })).toThrow(/urgency\.low is empty/);
  });
});
