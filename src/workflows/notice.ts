import {
  ActivityFailure,
  CancellationScope,
  condition,
  isCancellation,
  log,
  setCurrentDetails,
} from '@temporalio/workflow';

import type {
  NoticeInput,
  NoticeKind,
  NoticeResult,
  NoticesUpdated,
  RungInput,
} from '../contracts/notice.ts';
import { createAgenda } from './notice/agenda.ts';
import { createGathering } from './notice/gathering.ts';
import { news } from './messages.ts';
import { newsProblem } from './receive/payloads.ts';
import { receiveSignal } from './receive/signal.ts';
import { followNotices, planRung, sendNotices, tellOperator, updateNotices } from './steps.ts';

/** What is asked at once, or shortly after, goes into one message. */
const GATHER_MS = 800;
/** An end that nobody tells of, as when an operator terminates the turn, is looked for so long after the deadline, and then every day. */
const GRACE_MS = 600_000;
const DAY_MS = 86_400_000;

/**
 * Tells people of one approval, and who is next when nobody answers.
 *
 *   rung 0: those who may decide ─▶ rung 1, 2, … at their times ─▶ (nothing but news) ─┐
 *      ├── votes and edits, gathered: messages that can be changed show them, and whose vote has fallen is asked again
 *      └── any news that it is over: what is under way ends ───────────────────────────┴─▶ every message is brought up to date ─▶ end
 *
 * Nothing waits for it: a turn does not know that it exists. One timer runs at a time. A cancel changes nothing, because its messages would
 * say for ever that the question is open. Only a terminate stops it.
 */
export function notice(input: NoticeInput): Promise<NoticeResult> {
  return CancellationScope.nonCancellable(() => tell(input));
}

async function tell(input: NoticeInput): Promise<NoticeResult> {
  const { tenant, approvalId, notify } = input;
  const about = { tenant, approvalId };
  const requestedMs = Date.parse(input.requestedAt);
  const deadlineMs = input.deadline === null ? Infinity : Date.parse(input.deadline);
  const heard = new Set<string>();
  const agenda = createAgenda();
  let isOver = false;
  let told = 0;
  let isOperatorTold = false;
  const sending = { is: false, isAgain: false };
  let isEditable = false;
  const following = createGathering(agenda, follow, () => isEditable);
  const fallen = createGathering(agenda, (heard) => climb(0, 'again', { heard }));

  receiveSignal(news, newsProblem, ({ id, is }) => {
    if (heard.has(id)) return;
    heard.add(id);
    if (is !== 'voted' && is !== 'edited') {
      isOver = true;
      return;
    }
    following.heard(id);
    if (is === 'edited') fallen.heard(id);
  });

  agenda.add(Date.now(), () => climb(0, 'ask'));
  for (const [index, { afterMs, tell, mayDecide, remind }] of (notify.ladder ?? []).entries()) {
    const groups = [...new Set([...(tell ?? []), ...(mayDecide ?? [])])];
    agenda.add(requestedMs + afterMs, async () => {
      if (groups.length > 0) await climb(index + 1, 'escalate', { groups });
      if (remind) await climb(index + 1, 'remind');
    });
  }
  agenda.add(Number.isFinite(deadlineMs) ? deadlineMs + GRACE_MS : Date.now() + DAY_MS, lookForEnd);

  const working = new CancellationScope();
  const running = working.run(() => agenda.run(() => isOver));
  running.catch(() => undefined); // awaited below
  await condition(() => isOver || agenda.isDone());
  // A send that is under way ends first: what it has sent must be brought up to date.
  working.cancel();
  try {
    await running;
  } catch (error) {
    if (!isCancellation(error)) throw error;
  }
  const { updated, isUnheard } = await update();
  if (isUnheard) await nobody('it expired, and no message is known to have arrived');
  return { told, updated };

  async function climb(
    rung: number,
    kind: NoticeKind,
    more: Pick<RungInput, 'groups' | 'heard'> = {},
  ): Promise<void> {
    const at = new Date().toISOString();
    const plan = await planRung({ ...about, notify, rung, kind, at, ...more });
    switch (plan.state) {
      case 'over':
        isOver = true;
        return;
      case 'nobody':
        // That no vote has fallen is as it should be.
        if (kind !== 'again') await nobody(plan.why);
        return;
      case 'planned':
        isEditable ||= plan.isEditable;
        following.look();
        for (const dueMs of plan.dueMs)
          agenda.add(Math.max(dueMs, rung === 0 ? requestedMs + GATHER_MS : dueMs), send);
        return;
      default:
        return plan satisfies never;
    }
  }

  /** One attempt at a time: what is found half sent was left by an attempt that died. */
  async function send(): Promise<void> {
    if (sending.is) {
      sending.isAgain = true;
      return;
    }
    sending.is = true;
    try {
      const { failed, heldUntilMs, ...sent } = await sendNotices(about);
      told = sent.told;
      for (const atMs of heldUntilMs) agenda.add(atMs, send);
      if (failed > 0 && told === 0 && heldUntilMs.length === 0) await nobody('no message has arrived');
    } finally {
      sending.is = false;
    }
    following.look();
    if (!sending.isAgain) return;
    sending.isAgain = false;
    await send();
  }

  /** The end repairs what could not be shown. */
  async function follow(heard: string): Promise<void> {
    try {
      await followNotices({ ...about, heard });
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      log.warn('notice.not_followed', { approvalId, error: error.cause?.message });
    }
  }

  /** Once, and loudly. */
  async function nobody(why: string): Promise<void> {
    if (isOperatorTold || told > 0) return;
    isOperatorTold = true;
    const remedy = isOver ? '' : ' Tell somebody who may decide.';
    setCurrentDetails(`**Nobody is told of ${approvalId}**: ${why}.${remedy}`);
    const what = { ...about, why, at: new Date().toISOString(), ...(isOver && { isOver }) };
    // A question that ends meanwhile does not make it untold.
    await CancellationScope.nonCancellable(() => tellOperator(what));
  }

  async function lookForEnd(): Promise<void> {
    const at = new Date().toISOString();
    const plan = await planRung({ ...about, notify: { channels: [] }, rung: 0, kind: 'remind', at });
    if (plan.state === 'over') isOver = true;
    else agenda.add(Date.now() + DAY_MS, lookForEnd);
  }

  async function update(): Promise<NoticesUpdated> {
    try {
      return await updateNotices(about);
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      log.warn('notice.not_updated', { approvalId, error: error.cause?.message });
      await nobody('its end could not be told, and no message is known to have arrived');
      return { updated: 0, isUnheard: false };
    }
  }
}
