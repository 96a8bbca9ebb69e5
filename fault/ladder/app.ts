import type { Scenario } from '@countersign/openai-simulator';
import { z } from 'zod';

import { defineApp } from '../../src/define/app.ts';
import { defineAssistant } from '../../src/define/assistant.ts';
import type { LadderStep } from '../../src/define/notify.ts';
import { requireApproval } from '../../src/define/policy.ts';
import { defineTool } from '../../src/define/tool.ts';
import type { NewPerson } from '../../src/store/people/person.ts';

/** When each rung comes, in ms since the question: hours, compressed to seconds. */
export const RUNGS_MS = { remind: 3_000, managers: 6_000, directors: 9_000 } as const;
/** How long people have where nobody decides. */
const BRIEF_MS = 30_000;

const ladder: LadderStep[] = [
  { after: RUNGS_MS.remind, remind: true },
  { after: RUNGS_MS.managers, tell: ['managers'] },
  { after: RUNGS_MS.directors, mayDecide: ['directors'] },
];

/** What is asked: `brief` is left to its deadline, `ghost` is asked of a group that nobody is in. */
export const TOOLS = {
  refund: { approvers: ['finance'], ladder },
  brief: { approvers: ['finance'], ladder, within: BRIEF_MS },
  ghost: { approvers: ['ghosts'], within: BRIEF_MS },
} as const;
export type ToolName = keyof typeof TOOLS;

export const app = defineApp({
  assistants: [
    defineAssistant({
      ...{ name: 'desk', model: 'gpt-test', instructions: 'Do as you are told.' },
      tools: (Object.keys(TOOLS) as ToolName[]).map((name) =>
        defineTool({
          ...{
            name,
            description: 'Pays an order back.',
            parameters: z.strictObject({ orderId: z.string() }),
          },
          policy: requireApproval({ ...TOOLS[name], approvers: [...TOOLS[name].approvers] }),
          // The order stands in every message and card, so that each can be read.
          present: ({ orderId }) => ({ title: `Refund ${orderId}` }),
          effect: 'idempotent',
          execute: ({ orderId }) => `Refunded ${orderId}.`,
        }),
      ),
    }),
  ],
});

/** The user's message of a turn that asks about so many orders at once. */
export function messageOf(tool: ToolName, orderIds: readonly string[]): string {
  return `ladder-${tool}-${orderIds.length}: ${orderIds.join(' ')}`;
}

/** More questions no turn asks at once. */
export const MOST_AT_ONCE = 3;

export const SCENARIO: Scenario = {
  rules: (Object.keys(TOOLS) as ToolName[]).flatMap((tool) =>
    Array.from({ length: MOST_AT_ONCE }, (_, index) => {
      const names = Array.from({ length: index + 1 }, (_one, at) => `order${at}`);
      return {
        name: `${tool}-${index + 1}`,
        when: [`ladder-${tool}-${index + 1}:`],
        extract: [names.map((name) => String.raw`(?<${name}>A-\d+)`).join(' ')],
        rounds: [{ calls: names.map((name) => ({ tool, arguments: { orderId: `{{${name}}}` } })) }],
        reply: 'It is settled. {{outputs}}',
      };
    }),
  ),
  otherwise: { reply: 'Thank you.' },
};

/** Everybody who is told: by mail, by Slack, by both, by one of the two, and in place of somebody. */
export const PEOPLE: NewPerson[] = [
  { id: 'grace', groups: ['finance'], mail: 'grace@acme.example', slackId: 'U0GRACE' },
  { id: 'linus', groups: ['finance'], mail: 'linus@acme.example' },
  {
    id: 'nell',
    groups: ['finance'],
    mail: 'nell@acme.example',
    slackId: 'U0NELL',
    channels: ['slack', 'mail'],
  },
  {
    id: 'finn',
    groups: ['finance'],
    mail: 'finn@acme.example',
    away: { until: '2099-01-01T00:00:00.000Z', standIn: 'grace' },
  },
  { id: 'mia', groups: ['managers'], mail: 'mia@acme.example', slackId: 'U0MIA' },
  { id: 'dora', groups: ['directors'], mail: 'dora@acme.example', slackId: 'U0DORA' },
];
