import type { Selectable } from 'kysely';

import type { ApprovalCard, Voted } from '../../contracts/approval/listed.ts';
import type { Grant } from '../../contracts/approval/grant.ts';
import type { Risk } from '../../contracts/approval/presented.ts';
import type { ApprovalStatus } from '../../contracts/approval/status.ts';
import type { ToolArguments } from '../../contracts/tool-call.ts';
import { toIso } from '../database.ts';
import { StoreInputError } from '../errors.ts';
import type { Tables } from '../tables.ts';
import { wordsOf } from './words.ts';

/** An approval as lists need it. Temporal knows the rest, and is right where the two differ. */
export interface IndexedApproval {
  tenant: string;
  approvalId: string;
  /** null for a request. */
  turnId: string | null;
  conversationId: string | null;
  tool: string;
  status: ApprovalStatus;
  /** Times are ISO 8601. */
  requestedAt: string;
  deadline: string | null;
  resolvedAt: string | null;
  requestedBy: string | null;
  /** Groups, one of which a voter must belong to; none for anybody. */
  approvers: readonly string[];
  /** What a search looks at. */
  text: string;
  /** What a list shows. */
  card: ApprovalCard;
  /** As the tool states it. */
  risk: Risk | null;
}

/** A row as a page has it. */
export type ListedRow = Omit<IndexedApproval, 'text'>;

export interface Settlement {
  status: Exclude<ApprovalStatus, 'pending'>;
  resolvedAt: string;
}

/** A grant, and what a call is looked up by. */
export type GrantRow = Grant & { bound: string };

/** What happens to an approval in lists by an entry. Told again, when its entry is there, it changes nothing. */
export type IndexChange = { entryId: string } & (
  | { is: 'asked'; row: IndexedApproval }
  | {
      is: 'edited';
      approvalId: string;
      arguments: ToolArguments;
      argumentsDigest: string;
      vote: Voted;
      /** From now on. */
      approvers: string[] | undefined;
      rule: ApprovalCard['rule'] | undefined;
      /** What a search looks at, by the reason of the question. */
      textOf: (reason: string | undefined) => string;
    }
  | { is: 'voted'; approvalId: string; argumentsDigest: string; vote: Voted }
  | { is: 'parked'; approvalId: string; parkedAt: string }
  | ({ is: 'settled'; approvalId: string } & Settlement)
  | { is: 'granted'; approvalId: string; grant: GrantRow }
  | { is: 'grant-revoked'; approvalId: string; at: string; by: string; reason?: string | undefined }
);

export type Row = Omit<Selectable<Tables['approvals']>, 'number' | 'words'>;

export const LISTED = [
  'tenant',
  'approval_id',
  'turn_id',
  'conversation_id',
  'tool',
  'status',
  'requested_at',
  'deadline',
  'resolved_at',
  'requested_by',
  'approvers',
  'card',
  'risk',
] as const satisfies (keyof Row)[];

export const WRITTEN = [...LISTED, 'text', 'words'] as const;

/** The last moment a Date can tell: approvals without a deadline come last. */
const NEVER = 8_640_000_000_000_000;

/** So much of a text is kept. */
const TEXT_CHARACTERS = 8_000;

export function toRow(approval: IndexedApproval): Row & { words: string } {
  const { deadline, resolvedAt } = approval;
  return {
    tenant: approval.tenant,
    approval_id: approval.approvalId,
    turn_id: approval.turnId,
    conversation_id: approval.conversationId,
    tool: approval.tool,
    status: approval.status,
    requested_at: toTime('requestedAt', approval.requestedAt),
    deadline: deadline === null ? NEVER : toTime('deadline', deadline),
    resolved_at: resolvedAt === null ? null : toTime('resolvedAt', resolvedAt),
    requested_by: approval.requestedBy?.replaceAll('\0', ' ') ?? null,
    approvers: JSON.stringify(approval.approvers),
    card: JSON.stringify(approval.card),
    risk: approval.risk,
    ...searched(approval.text),
  };
}

/** What a search compares. */
export function searched(whole: string): Pick<Row & { words: string }, 'text' | 'words'> {
  // PostgreSQL keeps no NUL.
  const text = whole.replaceAll('\0', ' ').slice(0, TEXT_CHARACTERS);
  return { text, words: ` ${wordsOf(text).join(' ')} ` };
}

export function fromRow(row: Omit<Row, 'text'>): ListedRow {
  return {
    tenant: row.tenant,
    approvalId: row.approval_id,
    turnId: row.turn_id,
    conversationId: row.conversation_id,
    tool: row.tool,
    status: row.status as ApprovalStatus,
    requestedAt: toIso(row.requested_at),
    deadline: row.deadline === NEVER ? null : toIso(row.deadline),
    resolvedAt: row.resolved_at === null ? null : toIso(row.resolved_at),
    requestedBy: row.requested_by,
    approvers: JSON.parse(row.approvers) as string[],
    card: {
      ...(JSON.parse(row.card) as ApprovalCard),
      status: row.status as ApprovalStatus,
      ...(row.resolved_at !== null && { resolvedAt: toIso(row.resolved_at) }),
    },
    risk: row.risk as Risk | null,
  };
}

export function toTime(field: string, text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new StoreInputError(field, 'must be a time such as 2026-01-31T12:00:00.000Z');
  return time;
}
