import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';

import type { AnyApproval } from '../contracts/approval/approval.ts';
import { SEARCH_ATTRIBUTE_BYTES } from '../contracts/limits.ts';
import { SEARCH_ATTRIBUTES } from '../contracts/search/attributes.ts';
import { jsonBytes } from '../contracts/size.ts';
import { approvalField, ASKED, MEMO } from '../contracts/workflow-names.ts';

/** What a workflow has to show: its approvals and, in one memo field, the rest. */
interface Shown {
  status: string;
  approvals: AnyApproval[];
}

/**
 * What the outside sees of a running turn or request: its memo (the whole truth, read without a worker), its search attributes (an
 * index of it) and its current details (for an operator's eyes in the Temporal UI). Changes of one activation are written
 * together, and only what differs, because each write is an event. Each approval is a memo field of its own, so that a write costs what
 * has changed and not what the turn has ever asked.
 */
export interface NoticeBoard {
  /** Writes what has changed, once everything that happens now has happened. */
  changed(): void;
  /**
   * Writes now; before the workflow ends.
   *
   * @param more.goesOn - for long, though nothing is pending any more: the index is told so.
   */
  flush(more?: { goesOn?: boolean }): void;
}

/**
 * @param noun - what it is about, in the details that an operator reads.
 * @param found - approvals that the index has from the start.
 */
export function createNoticeBoard(
  show: () => Shown,
  { noun = 'Turn', found = [] }: { noun?: string; found?: string[] } = {},
): NoticeBoard {
  let shownMemo = '';
  const shownApprovals: AnyApproval[] = [];
  const indexed = new Set(found);
  let isScheduled = false;

  function flush({ goesOn = false } = {}): void {
    const memo = show();
    const { approvals, ...main } = memo;
    const fields = changedApprovals(approvals);
    const memoText = JSON.stringify(main);
    const isMainChanged = memoText !== shownMemo;
    if (isMainChanged || Object.keys(fields).length > 0) {
      shownMemo = memoText;
      upsertMemo({ ...(isMainChanged && { [MEMO]: main }), ...fields });
      setCurrentDetails(describe(memo, noun));
    }
    writeIndex(approvals, goesOn);
  }

  /** Only of questions that it does not find yet. One that was settled needs no write: a list reads the memo, and soon the workflow ends. */
  function writeIndex(approvals: AnyApproval[], goesOn: boolean): void {
    const pending = approvals.filter(({ status }) => status === 'pending');
    const isAsked = pending.some(({ approvalId }) => !indexed.has(approvalId));
    const ended = goesOn && pending.length === 0 ? approvals.at(-1) : undefined;
    if (!isAsked && ended === undefined) return;
    for (const { approvalId } of pending) indexed.add(approvalId);
    const [deadline] = pending.flatMap(({ deadline: at }) => (at === null ? [] : [at])).sort();
    upsertSearchAttributes([
      { key: key('ApprovalStatus'), value: ended?.status ?? ASKED },
      { key: key('ApprovalDeadline'), value: deadline === undefined ? null : new Date(deadline) },
      {
        key: key('ApprovalTools'),
        value: fitting([...new Set((ended ? approvals : pending).map(({ tool }) => tool))]),
      },
    ]);
  }

  /** An approval that changes is another object. */
  function changedApprovals(approvals: AnyApproval[]): Record<string, AnyApproval> {
    const changed = approvals.flatMap((approval, index) =>
      shownApprovals[index] === approval ? [] : [[approvalField(index), approval] as const],
    );
    shownApprovals.splice(0, Infinity, ...approvals);
    return Object.fromEntries(changed);
  }

  return {
    flush,
    changed() {
      if (isScheduled) return;
      isScheduled = true;
      void Promise.resolve().then(() => {
        isScheduled = false;
        flush();
      });
    },
  };
}

function key<Name extends keyof typeof SEARCH_ATTRIBUTES>(name: Name) {
  return { name, type: SEARCH_ATTRIBUTES[name] };
}

/** The newest ones, as many as an attribute holds: the index finds turns, the memo has all of it. */
function fitting(tools: string[]): string[] {
  const fit = [...tools];
  while (jsonBytes(fit) > SEARCH_ATTRIBUTE_BYTES) fit.shift();
  return fit;
}

/** Markdown for the Temporal UI. */
function describe({ status, approvals }: Shown, noun: string): string {
  const lines = approvals.map((approval) => {
    const until = approval.deadline === null ? 'no deadline' : `until ${approval.deadline}`;
    const by = approval.decision === undefined ? until : `by ${approval.decision.approver.id}`;
    const { unmeetable, status: is } = approval;
    const isStuck = unmeetable !== undefined && is === 'pending';
    const nobody = isStuck ? `. **Nobody can meet its rule**: ${unmeetable}.` : '';
    return `- **${is}** \`${approval.tool}\` ${by}, approval \`${approval.approvalId}\`${nobody}`;
  });
  return [`${noun} is **${status}**.`, ...lines].join('\n');
}
