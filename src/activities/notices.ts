import { activityInfo, cancellationSignal, getClient, log } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';

import { LONGEST_UPDATE_MS, LONGEST_UPDATE_PAUSE_MS } from '../contracts/limits.ts';
import type { NoticesSent, NoticesUpdated, RungInput, RungPlan } from '../contracts/notice.ts';
import type { ChannelError } from '../notices/channel.ts';
import type { Deliveries } from '../notices/deliveries.ts';
import { sendDue } from '../notices/deliver.ts';
import { fallenVoters } from '../notices/fallen.ts';
import { followVotes } from '../notices/follow.ts';
import { updateMessages } from '../notices/update.ts';
import { NOTICES_PER_HOUR, type NoticeOptions } from '../notices/notices.ts';
import { planRung as planPeople } from '../notices/plan.ts';
import { createApprovalReader, hasVote } from '../notices/read-approvals.ts';
import { createWhom } from '../notices/whom.ts';
import { shorten } from '../contracts/size.ts';
import type { Audience } from '../record/heard.ts';
import type { NewNotice } from '../store/notices/rows.ts';
import type { Store } from '../store/store.ts';
import { withHeartbeat } from './attempt.ts';

/** A turn shows a question, and its end, a moment after the record has it. */
const LOOKS = 10;
const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 60_000;
/** Where a channel does not say when. The time that has passed triples with each attempt. */
const FIRST_UPDATE_PAUSE_MS = 5_000;

/** An entry's reason takes no more. */
const REASON_CHARACTERS = 400;

export interface About {
  tenant: string;
  approvalId: string;
}

/** Tells people of approvals. What was sent stands in the store's table of notices, so an attempt that died is followed by one that knows. */
export function createNoticeActivities(
  options: NoticeOptions | undefined,
  store: Store | undefined,
  audience?: Audience,
) {
  return { planRung, sendNotices, followNotices, updateNotices, tellOperator };

  /** Plans whom a rung tells, once: a second attempt plans the same. */
  function planRung(input: RungInput): Promise<RungPlan> {
    return withHeartbeat(() => plan(input));
  }

  async function plan(input: RungInput): Promise<RungPlan> {
    const { channels, defaults, store: kept } = configured();
    const { tenant, approvalId, notify } = input;
    const approval = await createApprovalReader(getClient())(tenant, approvalId);
    if (approval === 'not yet') throw notYet();
    if (approval?.status !== 'pending') return { state: 'over' };
    if (input.heard !== undefined && !hasVote(approval, input.heard) && activityInfo().attempt <= LOOKS)
      throw notYet();
    const whom = createWhom(kept);
    const rungs = input.kind === 'again' ? fallenVoters(approval) : [{ rung: input.rung, ids: undefined }];
    const notices: NewNotice[] = [];
    let why = 'no vote has fallen';
    for (const { rung, ids } of rungs) {
      const people = await (ids === undefined ? whom.of(approval, input) : whom.named(tenant, ids));
      const standIns = await whom.standInsOf(tenant, people);
      const planned = planPeople({
        ...{ rung: { ...input, rung }, approval, people, standIns, channels, defaults },
        nowMs: Date.parse(input.at),
      });
      notices.push(...planned.notices);
      why = planned.nobody ?? why;
    }
    await kept.notices.plan(tenant, notices);
    if (notices.length === 0) return { state: 'nobody', why };
    log.info('notice.planned', { tenant, approvalId, rung: input.rung, kind: input.kind, notify });
    const editable = new Set<string>(channels.flatMap(({ name, isEditable }) => (isEditable ? [name] : [])));
    return {
      state: 'planned',
      dueMs: [...new Set(notices.map(({ dueMs }) => dueMs))],
      isEditable: notices.some(({ ways }) => ways.some(({ channel }) => editable.has(channel))),
    };
  }

  /** Sends what is due. What could not be sent is due again later, so a dead channel fails no attempt. */
  async function sendNotices(about: About): Promise<NoticesSent> {
    return withHeartbeat(() => sendDue(deliveries(), about, cancellationSignal()));
  }

  /**
   * Shows votes and edits where messages can be changed.
   *
   * @param about.heard - the id of the entry that told of the last one: the turn shows it a moment later.
   * @throws ApplicationFailure `Notice.NotUpdated`, retryable.
   */
  async function followNotices({ heard, ...about }: About & { heard: string }): Promise<{ changed: number }> {
    const { tenant, approvalId } = about;
    const approval = await withHeartbeat(() => createApprovalReader(getClient())(tenant, approvalId));
    if (approval === null || (approval !== 'not yet' && approval.status !== 'pending')) return { changed: 0 };
    const isShown = approval !== 'not yet' && hasVote(approval, heard);
    if (!isShown && activityInfo().attempt <= LOOKS) throw notYet();
    const { changed, left } = await withHeartbeat(() =>
      followVotes(deliveries(), about, cancellationSignal()),
    );
    if (left.length > 0) throw notUpdated(left);
    return { changed };
  }

  /**
   * @throws ApplicationFailure `Notice.NotUpdated`, retryable, when a message still says that the question is open, and
   *   `Notice.NotShownYet` while its turn says so.
   */
  async function updateNotices(about: About): Promise<NoticesUpdated> {
    const { tenant, approvalId } = about;
    const { scheduledTimestampMs, scheduleToCloseTimeoutMs } = activityInfo();
    const untilMs = scheduledTimestampMs + scheduleToCloseTimeoutMs;
    const isLast = Date.now() + LONGEST_UPDATE_MS + LONGEST_UPDATE_PAUSE_MS >= untilMs;
    const all = deliveries();
    const approval = await withHeartbeat(() => all.read(tenant, approvalId));
    if (approval === 'not yet' || approval?.status === 'pending') throw notYet();
    const isTold = async (): Promise<boolean> =>
      (await all.store.notices.ofApproval(tenant, approvalId)).some(({ state }) => state === 'sent');
    // Whoever cannot be told the end was told of the question all the same.
    const wasTold = await withHeartbeat(isTold);
    const { updated, left } = await withHeartbeat(() =>
      updateMessages(all, { ...about, isLast }, cancellationSignal()),
    );
    if (left.length > 0) throw notUpdated(left);
    const isUnheard = approval?.status === 'expired' && !wasTold && !(await isTold());
    return { updated, isUnheard };
  }

  /** Nobody hears of a question: whoever runs this must. */
  async function tellOperator({
    tenant,
    approvalId,
    why,
    at,
    isOver = false,
  }: About & { why: string; at: string; isOver?: boolean }): Promise<void> {
    const { store: kept } = configured();
    const remedy = isOver
      ? 'Nobody can decide it any more. Look at the channels, and at workers that were down.'
      : 'Tell somebody who may decide, and look at the groups and addresses of the directory.';
    log.error('notice.nobody', { tenant, approvalId, why, remedy });
    const reason = shorten(`nobody: ${why}`, REASON_CHARACTERS);
    await withHeartbeat(() =>
      kept.record.append(tenant, [
        { kind: 'noticed', id: `noticed:${approvalId}:nobody`, time: at, approvalId, reason },
      ]),
    );
  }

  function deliveries(): Deliveries {
    const { store: kept, channels, publicUrl, perHour = NOTICES_PER_HOUR } = configured();
    return {
      ...{ store: kept, channels, publicUrl, perHour, audience },
      read: createApprovalReader(getClient()),
      readAnew: () => createApprovalReader(getClient()),
      log: (event, fields) => {
        log.info(event, fields);
      },
    };
  }

  /** @throws ApplicationFailure when a worker without the settings got the task; one that has them may get it next. */
  function configured(): NoticeOptions & { store: Store } {
    if (options !== undefined && store !== undefined) return { ...options, store };
    throw ApplicationFailure.create({
      type: 'Notice.NotConfigured',
      message:
        'This worker has no channel for notices. Give every worker of the task queue the same settings.',
    });
  }
}

/** Whoever can be told sooner does not wait for the others. */
function notUpdated(left: readonly ChannelError[]): ApplicationFailure {
  const passedMs = Date.now() - activityInfo().scheduledTimestampMs;
  const pauseMs = Math.max(FIRST_UPDATE_PAUSE_MS, 2 * passedMs);
  return ApplicationFailure.create({
    type: 'Notice.NotUpdated',
    message: `${left.length} messages are not up to date: ${left[0]?.message ?? ''}`,
    nextRetryDelay: Math.min(
      ...left.map(({ retryAfterMs = pauseMs }) => retryAfterMs),
      LONGEST_UPDATE_PAUSE_MS,
    ),
  });
}

function notYet(): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'Notice.NotShownYet',
    message: 'The turn does not show it yet.',
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: Math.min(FIRST_PAUSE_MS * 2 ** (activityInfo().attempt - 1), LAST_PAUSE_MS),
  });
}
