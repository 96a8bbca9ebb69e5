import { z } from 'zod';

import type { RequestApproval } from './approval/approval.ts';
import { ACTION_CHARACTERS, CALLBACK_URL_CHARACTERS, REQUEST_CONTEXT_BYTES } from './limits.ts';
import { atMostBytes, atMostCharacters } from './too-large.ts';

/**
 * A request: an approval that any program asks for over HTTP, with no run behind it. Countersign carries nothing out; whoever
 * asked reads the answer and acts on it. Its wire form is that of the decision API (`/decisions`), in snake case.
 */

export const URGENCIES = ['low', 'medium', 'high', 'critical'] as const;
type Urgency = (typeof URGENCIES)[number];

export const REQUEST_STATUSES = ['pending', 'approved', 'denied', 'modified', 'expired'] as const;
type RequestStatus = (typeof REQUEST_STATUSES)[number];

/** The `tool` of a request's approval. */
export const REQUEST_TOOL = 'request';

const DEFAULT_MINUTES = 60;
/** 30 days. */
const MAXIMUM_MINUTES = 43_200;
const RANGE = `must be a whole number of minutes from 1 to ${MAXIMUM_MINUTES}`;

const action = atMostCharacters(ACTION_CHARACTERS).min(1, 'must say what is to be done');
const context = z
  .union([z.string(), z.record(z.string(), z.unknown())], { error: 'must be a text or a JSON object' })
  .superRefine(atMostBytes(REQUEST_CONTEXT_BYTES));

/** What a person sees, and may change: the `arguments` of a request's approval. */
export const RequestArgumentsSchema = z.strictObject({ action, context: context.optional() });

/** The body of `POST /decisions`. */
export const RequestBodySchema = RequestArgumentsSchema.extend({
  approver: atMostCharacters(200).min(1, 'must name whom it is meant for').optional(),
  urgency: z.enum(URGENCIES, { error: `must be one of ${URGENCIES.join(', ')}` }).default('medium'),
  timeout_minutes: z
    .number({ error: RANGE })
    .refine((minutes) => Number.isInteger(minutes) && minutes >= 1 && minutes <= MAXIMUM_MINUTES, RANGE)
    .default(DEFAULT_MINUTES),
  callback_url: atMostCharacters(CALLBACK_URL_CHARACTERS).optional(),
});

/** What was asked, as the memo of the `request` workflow holds it under `countersign`. */
export interface RequestMemo {
  status: RequestApproval['status'];
  action: string;
  context?: string | Record<string, unknown>;
  urgency: Urgency;
  /** Whom it is meant for, in the words of whoever asked; it restricts nobody. */
  approver?: string;
  callback?: CallbackState;
}

/** `undelivered`: given up after days, or the receiver said 410. */
export type CallbackState = 'waiting' | 'delivering' | 'delivered' | 'undelivered';

/** What the outside may know of a request: the memo, and the approval from its own memo field. */
export interface RequestShown extends RequestMemo {
  approvals: RequestApproval[];
}

/** Input of the `request` workflow. Its client has made the approval, so that it can be read before any worker has seen it. */
export interface RequestInput {
  approval: RequestApproval;
  asked: Pick<RequestMemo, 'action' | 'context' | 'urgency' | 'approver'>;
  callbackUrl?: string;
  /** Whether what becomes of it is recorded, by who asked. Absent: the worker knows. */
  isRecorded?: boolean;
}

/** `GET /decisions/{id}`, and the body of a callback. Times are ISO 8601. */
export interface RequestView {
  id: string;
  action: string;
  context: string | Record<string, unknown> | null;
  urgency: Urgency;
  approver: string | null;
  status: RequestStatus;
  /** What the person wrote: the note, the answer given in the action's place, the changed action. */
  response_notes: string | null;
  resolved_at: string | null;
  resolved_by: string | null;
  expires_at: string;
  created_at: string;
}

export function toRequestView(asked: RequestInput['asked'], approval: RequestApproval): RequestView {
  const { approvalId, requestedAt, deadline, resolvedAt, decision } = approval;
  return {
    id: approvalId,
    action: asked.action,
    context: asked.context ?? null,
    urgency: asked.urgency,
    approver: asked.approver ?? null,
    status: statusOf(approval),
    response_notes: notesOf(approval),
    resolved_at: resolvedAt ?? null,
    resolved_by: decision?.approver.id ?? null,
    expires_at: deadline ?? '',
    created_at: requestedAt,
  };
}

function statusOf(approval: RequestApproval): RequestStatus {
  const { status } = approval;
  switch (status) {
    case 'pending':
    case 'denied':
    case 'expired':
      return status;
    case 'approved':
      return isChanged(approval) ? 'modified' : 'approved';
    case 'answered':
      return 'modified';
    case 'cancelled':
      return 'expired'; // an operator ended it: as good as nobody having decided
    default:
      return status satisfies never;
  }
}

/** Whoever approved last may have approved what somebody else had made of it. */
function isChanged({ replaced }: RequestApproval): boolean {
  return replaced !== undefined;
}

function notesOf(approval: RequestApproval): string | null {
  const { status, decision, arguments: changed } = approval;
  if (decision === undefined) return null;
  const { note } = decision;
  if (decision.decision === 'respond') return decision.response ?? null;
  if (status !== 'approved' || !isChanged(approval)) return note ?? null;
  const lines = [
    ...(note === undefined ? [] : [note]),
    `Changed action: ${String(changed.action)}`,
    ...(changed.context === undefined ? [] : [`Changed context: ${toText(changed.context)}`]),
  ];
  return lines.join('\n');
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
