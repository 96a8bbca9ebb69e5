import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';

import { noticeWorkflowId } from '../contracts/ids.ts';
import type { News, NoticeInput, NoticeResult } from '../contracts/notice.ts';
import { searchKey } from '../contracts/search/key.ts';
import { NEWS_SIGNAL, NOTICE_WORKFLOW, WORKFLOW_TASK_TIMEOUT } from '../contracts/workflow-names.ts';
import type { Heard } from '../record/heard.ts';
import type { NewEntry } from '../store/entry.ts';
import type { OutboxRow } from '../store/outbox.ts';
import type { Listener } from './dispatch.ts';

/** What the notice of an approval hears of it, by the kind of the entry. */
const NEWS: Partial<Record<NewEntry['kind'], News['is']>> = {
  voted: 'voted',
  'break-glass': 'voted',
  settled: 'settled',
  expired: 'expired',
  cancelled: 'cancelled',
};

/** The entries that notices hear of. */
export function isHeardByNotices(kind: NewEntry['kind']): boolean {
  return kind === 'requested' || NEWS[kind] !== undefined;
}

/** Starts the notice of a question, and tells it what becomes of the question. */
export function createNoticeListener({ workflow }: Client, { taskQueue }: { taskQueue: string }): Listener {
  return async (row) => {
    const { entry, notify = {} } = row.about as Partial<Heard>;
    if (entry === undefined) return; // of a turn
    const is = entry.kind === 'voted' && entry.decision === 'edit' ? 'edited' : NEWS[entry.kind];
    if (is !== undefined) await tell(row, { id: entry.id, is });
    else if (entry.kind === 'requested' && notify.channels?.length !== 0)
      await start(row, {
        ...{ tenant: row.tenant, approvalId: row.approvalId, requestedAt: entry.time },
        ...{ deadline: entry.deadline ?? null, notify },
      });
  };

  async function start({ tenant, approvalId }: OutboxRow, input: NoticeInput): Promise<void> {
    try {
      await workflow.start<(input: NoticeInput) => Promise<NoticeResult>>(NOTICE_WORKFLOW, {
        workflowId: noticeWorkflowId(tenant, approvalId),
        taskQueue,
        args: [input],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
        typedSearchAttributes: [{ key: searchKey('CountersignTenant'), value: tenant }],
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }

  /** One that is over, or never was, has nothing to hear. */
  async function tell({ tenant, approvalId }: OutboxRow, news: News): Promise<void> {
    try {
      await workflow.getHandle(noticeWorkflowId(tenant, approvalId)).signal<[News]>(NEWS_SIGNAL, news);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
}
