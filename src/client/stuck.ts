import type { Client, WorkflowExecutionDescription } from '@temporalio/client';

import { ID_RULES, isTenant } from '../contracts/ids.ts';
import { NOTICE_WORKFLOW, REQUEST_WORKFLOW, TURN_WORKFLOW } from '../contracts/workflow-names.ts';
import { InputError } from './input-error.ts';
import { turnMemo } from './read-turn.ts';

/**
 * Why something waits longer than it should:
 *
 *   worker-down           no worker takes what there is to do
 *   worker-fails          a worker takes it and fails, again and again: its code does not fit the history, or has a fault
 *   store-down            what must be recorded cannot be
 *   provider-silent       the provider does not answer, or refuses for now
 *   notice-not-delivered  a channel takes no message
 *   activity-retrying     something else fails, and is tried again
 *   nobody-may-decide     nobody of the directory can meet the rule
 */
export type StuckWhy =
  | 'worker-down'
  | 'worker-fails'
  | 'store-down'
  | 'provider-silent'
  | 'notice-not-delivered'
  | 'activity-retrying'
  | 'nobody-may-decide';

/** One reason why a turn, request or notice does not go on. */
export interface Stuck {
  workflowId: string;
  kind: string;
  why: StuckWhy;
  /** ISO 8601: since when. */
  since: string;
  /** In words, with the last failure. */
  detail: string;
  activity?: string;
  attempts?: number;
  approvalId?: string;
}

/** So many are described at a time. */
const AT_ONCE = 10;
const PAGE_SIZE = 25;

type Raw = WorkflowExecutionDescription['raw'];
type PendingActivity = NonNullable<Raw['pendingActivities']>[number];
type Timestamp = PendingActivity['scheduledTime'];

export function createStuckLister(temporal: Client, clock: () => number) {
  /**
   * What of a tenant waits longer than it should, as Temporal tells: pending activities, their attempts and last failures. It needs no
   * worker, and reads every workflow that runs. Waiting for a person is no fault, save where nobody may decide.
   *
   * @param afterMs - nothing is stuck before.
   * @throws InputError for a tenant with characters that are not allowed.
   */
  return async function listStuck(tenant: string, afterMs = 60_000): Promise<Stuck[]> {
    if (!isTenant(tenant)) throw new InputError('tenant', `must be ${ID_RULES.tenant}`);
    const types = [TURN_WORKFLOW, REQUEST_WORKFLOW, NOTICE_WORKFLOW].map((type) => `'${type}'`).join(', ');
    const query = `WorkflowType IN (${types}) AND ExecutionStatus = 'Running'`;
    const found: Stuck[] = [];
    let ids: string[] = [];
    const look = async (): Promise<void> => {
      const looked = await Promise.all(ids.map((id) => stuckOf(id, afterMs)));
      found.push(...looked.flat());
      ids = [];
    };
    for await (const { workflowId } of temporal.workflow.list({ query, pageSize: PAGE_SIZE })) {
      // The tenant stands in every workflow id (contracts/ids.ts).
      if (workflowId.split('.')[1] !== tenant) continue;
      if (ids.push(workflowId) === AT_ONCE) await look();
    }
    await look();
    return found.toSorted((one, other) => (one.since < other.since ? -1 : 1));
  };

  async function stuckOf(workflowId: string, afterMs: number): Promise<Stuck[]> {
    const described = await temporal.workflow.getHandle(workflowId).describe().catch(goneSince);
    if (described?.status.name !== 'RUNNING') return [];
    const before = clock() - afterMs;
    const { pendingActivities, pendingWorkflowTask: task } = described.raw;
    const about = { workflowId, kind: described.type };
    const stuck: Stuck[] = [];

    const scheduledMs = msOf(task?.originalScheduledTime) ?? msOf(task?.scheduledTime);
    if (task && scheduledMs !== undefined && scheduledMs < before) {
      const attempts = task.attempt ?? 1;
      const since = new Date(scheduledMs).toISOString();
      const detail =
        attempts > 1
          ? `A worker has failed with its task, ${attempts} times so far. The log of the worker says why.`
          : `No worker of task queue "${described.taskQueue}" takes its task.`;
      stuck.push({ ...about, since, detail, attempts, why: attempts > 1 ? 'worker-fails' : 'worker-down' });
    }
    for (const pending of pendingActivities ?? []) {
      const since = msOf(pending.scheduledTime);
      if (since === undefined || since > before) continue;
      const reason = reasonOf(pending, described.taskQueue);
      if (reason !== null) stuck.push({ ...about, since: new Date(since).toISOString(), ...reason });
    }
    for (const { approvalId, status, unmeetable, requestedAt } of turnMemo(described.memo)?.approvals ?? []) {
      if (status !== 'pending' || unmeetable === undefined || Date.parse(requestedAt) > before) continue;
      const detail = `Nobody may decide it: ${unmeetable}`;
      stuck.push({ ...about, why: 'nobody-may-decide', since: requestedAt, detail, approvalId });
    }
    return stuck;
  }
}

/** null for one that goes on: a worker has it, and it has not failed. */
function reasonOf(
  { activityType, attempt, lastFailure, lastStartedTime }: PendingActivity,
  taskQueue: string,
): Pick<Stuck, 'why' | 'detail' | 'activity' | 'attempts'> | null {
  const activity = activityType?.name ?? 'an activity';
  const attempts = attempt ?? 1;
  if (lastFailure) {
    const type = lastFailure.applicationFailureInfo?.type ?? '';
    const detail = `${activity} is tried again: ${lastFailure.message ?? 'it failed'}`;
    return { why: whyOf(type, activity), detail, activity, attempts };
  }
  if (lastStartedTime) return null;
  const detail = `No worker of task queue "${taskQueue}" takes ${activity}.`;
  return { why: 'worker-down', detail, activity, attempts };
}

function whyOf(failureType: string, activity: string): StuckWhy {
  if (failureType === 'Record.Unavailable' || failureType === 'StoreUnavailableError') return 'store-down';
  if (failureType.startsWith('Provider.') || failureType.startsWith('Run.')) return 'provider-silent';
  if (/notice/i.test(activity)) return 'notice-not-delivered';
  return 'activity-retrying';
}

function msOf(time: Timestamp): number | undefined {
  return time ? Number(time.seconds ?? 0) * 1_000 + Math.floor((time.nanos ?? 0) / 1e6) : undefined;
}

/** It has ended since it was listed. */
function goneSince(error: unknown): undefined {
  if (error instanceof Error && error.name === 'WorkflowNotFoundError') return undefined;
  throw error;
}
