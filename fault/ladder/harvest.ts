import { setTimeout as sleep } from 'node:timers/promises';

import type { Client } from '@temporalio/client';

import { noticeWorkflowId } from '../../src/contracts/ids.ts';
import { ASKING } from '../../src/notices/asking.ts';
import { stateWords } from '../../src/notices/card.ts';
import { ACTIONS } from '../../src/notices/slack/blocks.ts';
import type { Mail } from '../../test/support/mailbox.ts';
import type { SlackMessage } from '../../test/support/slack/server.ts';
import { NAMESPACE, TENANT } from '../settings.ts';
import { PEOPLE } from './app.ts';
import type { LadderRecords, SentMail, StandingCard } from './oracle.ts';
import type { Asked } from './play.ts';
import type { LadderStage } from './stage.ts';

/** By what it begins with; what tells an end begins with the question. */
function kindOf(words: string): SentMail['kind'] {
  const kinds = Object.keys(ASKING) as (keyof typeof ASKING)[];
  return kinds.find((kind) => words.startsWith(ASKING[kind])) ?? 'end';
}

/** Takes mails out of the box as they come: ten thousand questions make more than fit into memory. */
export function collectMails({ mailbox }: Pick<LadderStage, 'mailbox'>): { mails: SentMail[]; stop(): void } {
  const mails: SentMail[] = [];
  const collect = (): void => {
    mails.push(...mailbox.mails.splice(0).map(readMail));
  };
  const timer = setInterval(collect, 200);
  return {
    mails,
    stop() {
      clearInterval(timer);
      collect();
    },
  };
}

function readMail({ recipient, messageId = '', text = '' }: Mail): SentMail {
  const [head = ''] = text.split('\n\n');
  const kind = kindOf(head);
  const orders =
    kind === 'end'
      ? [...head.matchAll(/^Refund (A-\d+): (.*)\.$/gm)].map(([, orderId = '', state = '']) => ({
          orderId,
          state,
        }))
      : ordersIn(text).map((orderId) => ({ orderId, state: '' }));
  return { personId: recipient.split('@')[0] ?? '', messageId, kind, orders };
}

const ordersIn = (text: string): string[] => [
  ...new Set([...text.matchAll(/Refund (A-\d+)/g)].map(([, orderId = '']) => orderId)),
];

function readCards(message: SlackMessage, orderOf: ReadonlyMap<string, string>): StandingCard[] {
  const { channel, ts, posted, text, blocks } = message;
  const slackId = channel.replace(/^D0/, '');
  const personId = PEOPLE.find((one) => one.slackId === slackId)?.id ?? slackId;
  const decides: string[] = [ACTIONS.approve, ACTIONS.deny, ACTIONS.respond];
  const buttons = blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
  const open = new Set(
    buttons.flatMap(({ action_id, value }) => {
      if (!decides.includes(action_id) || value === undefined) return [];
      return orderOf.get((JSON.parse(value) as { approvalId: string }).approvalId) ?? [];
    }),
  );
  const all = `${text} ${JSON.stringify(blocks)}`.toLowerCase();
  return ordersIn(JSON.stringify(blocks)).map((orderId) => ({
    ...{ personId, ts, kind: kindOf(posted), orderId, isOpen: open.has(orderId), text: all },
  }));
}

/**
 * Waits until no notice runs, at most so long. What waits for its next attempt, in up to an hour, is tried at once, as an operator would
 * have it after a channel is mended.
 */
export async function untilNoticesEnd(
  { temporal }: Pick<LadderStage, 'temporal'>,
  withinMs: number,
): Promise<void> {
  const giveUpAt = Date.now() + withinMs;
  const query = `WorkflowType = 'notice' AND ExecutionStatus = 'Running'`;
  let calm = 0;
  while (calm < 3 && Date.now() < giveUpAt) {
    let running = 0;
    for await (const { workflowId } of temporal.workflow.list({ query })) {
      running += 1;
      await tryAtOnce(temporal, workflowId);
    }
    calm = running === 0 ? calm + 1 : 0;
    await sleep(1_000);
  }
}

const SOON_MS = 3_000;

async function tryAtOnce({ workflow, workflowService }: Client, workflowId: string): Promise<void> {
  const { raw } = await workflow.getHandle(workflowId).describe();
  for (const { activityId, nextAttemptScheduleTime: next } of raw.pendingActivities ?? []) {
    if (next == null || Number(next.seconds) * 1_000 < Date.now() + SOON_MS) continue;
    await workflowService.resetActivity({
      namespace: NAMESPACE,
      execution: { workflowId },
      id: activityId ?? null,
    });
  }
}

/** Reads what is left: of each question its end, and of each channel what stands there. */
export async function harvestLadder(
  { client, store, slack, temporal }: LadderStage,
  asked: readonly Asked[],
  mails: readonly SentMail[],
): Promise<LadderRecords> {
  const orderOf = new Map(asked.map(({ approvalId, orderId }) => [approvalId, orderId]));
  const records: LadderRecords = {
    ...{ questions: [], mails: [...mails], notices: [], operatorTold: [], running: [] },
    cards: slack.messages.flatMap((message) => readCards(message, orderOf)),
  };
  for (const { orderId, approvalId } of asked) {
    const approval = await client.getApproval(TENANT, approvalId);
    const status = approval?.status ?? 'pending';
    const by = approval?.decision?.approver.id ?? null;
    const words = stateWords({ status, ...(by !== null && { by }) });
    records.questions.push({ orderId, approvalId, status, by, words });
    for (const { ways, ...notice } of await store.notices.ofApproval(TENANT, approvalId))
      records.notices.push({ ...notice, channel: ways[0]?.channel ?? '' });
    const entries = await store.record.ofApproval(TENANT, approvalId);
    for (const { kind, reason, time: at } of entries)
      if (kind === 'noticed' && reason?.startsWith('nobody:') === true)
        records.operatorTold.push({ approvalId, at });
  }
  const ofWorkflow = new Map(
    asked.map(({ approvalId }) => [noticeWorkflowId(TENANT, approvalId), approvalId]),
  );
  const query = `WorkflowType = 'notice' AND ExecutionStatus != 'Completed'`;
  for await (const { workflowId } of temporal.workflow.list({ query })) {
    const approvalId = ofWorkflow.get(workflowId);
    if (approvalId !== undefined) records.running.push(approvalId);
  }
  return records;
}
