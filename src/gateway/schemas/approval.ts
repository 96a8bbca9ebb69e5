import { z } from '@hono/zod-openapi';

import { DECISION_KINDS } from '../../contracts/approval/decision.ts';
import { APPROVAL_STATUSES } from '../../contracts/approval/status.ts';
import { REQUEST_STATUSES, URGENCIES } from '../../contracts/request.ts';
import { instant } from './common.ts';
import { DecisionRecord, VoteDocument } from './decision.ts';
import { PresentedDocument } from './presented.ts';
import { GrantTermsDocument, RuleDocument } from './rule.ts';

const ProposalDocument = z
  .object({
    by: z.union([
      z.object({ kind: z.literal('model') }),
      z.object({ kind: z.enum(['requester', 'person']), id: z.string() }),
    ]),
    at: instant(),
    arguments: z.record(z.string(), z.unknown()),
    argumentsDigest: z.string(),
    votes: z.array(VoteDocument).optional().openapi({
      description: 'Votes for it before somebody changed it. They count no more.',
    }),
  })
  .openapi('Proposal', {
    description: 'Arguments proposed by the model, the requester or a person.',
  });

export const ApprovalDocument = z
  .object({
    approvalId: z.string(),
    turnId: z
      .string()
      .optional()
      .openapi({ description: 'Absent for an approval created by POST /decisions.' }),
    conversationId: z.string().optional(),
    tenant: z.string(),
    assistant: z.string().optional(),
    toolCallId: z.string().optional(),
    tool: z.string(),
    toolDescription: z.string(),
    arguments: z.record(z.string(), z.unknown()),
    argumentsDigest: z.string().openapi({ example: `sha256:${'0'.repeat(64)}` }),
    presented: PresentedDocument.optional(),
    showConversation: z.literal(false).optional(),
    proposals: z.array(ProposalDocument).openapi({
      description: 'The original arguments, then each change by a person. `arguments` holds the last one.',
    }),
    status: z.enum(APPROVAL_STATUSES),
    reason: z.string().optional(),
    approvers: z.array(z.string()).optional(),
    rule: RuleDocument.optional(),
    unmeetable: z.string().optional().openapi({
      description: 'Why nobody could meet the rule, by the directory when it was asked.',
    }),
    votes: z.array(VoteDocument).optional().openapi({
      description: 'Votes in their order, once the first one has not settled it.',
    }),
    startedBy: z.string().optional().openapi({ description: 'The API key that began the turn.' }),
    requestedBy: z.string().optional(),
    meantFor: z.string().optional().openapi({
      description: 'Whom a request is meant for, in the requester’s words. It restricts nobody.',
    }),
    requestedAt: instant(),
    deadline: instant().nullable(),
    runDeadline: instant().nullable(),
    onRunDeadline: z.enum(['deny', 'cancel', 'park']),
    parkedAt: instant().optional(),
    resolvedAt: instant().optional(),
    decision: DecisionRecord.optional(),
    outcome: z.enum(['executing', 'executed', 'failed', 'not_executed', 'stale', 'unknown']).optional(),
    granted: GrantTermsDocument.extend({ until: instant() })
      .optional()
      .openapi({ description: 'The grant that was given with it.' }),
    byGrant: z
      .object({ grantId: z.string(), by: z.array(z.string()), until: instant() })
      .optional()
      .openapi({ description: 'Nobody was asked: this grant let it through.' }),
    askedBefore: z
      .object({ approvalId: z.string(), approvedBy: z.array(z.string()), at: instant(), why: z.string() })
      .optional()
      .openapi({ description: 'It was approved before and did not run; it is asked again.' }),
    runsAt: z.literal('provider').optional().openapi({
      description: 'The provider executes the call once it is approved. It can only be approved or denied.',
    }),
  })
  .openapi('Approval');

export const GrantDocument = z
  .object({
    grantId: z.string().openapi({ description: 'The id of the approval that it was given with.' }),
    by: z.array(z.string()).openapi({ description: 'Who gave it.' }),
    assistant: z.string(),
    tool: z.string(),
    conversationId: z.string(),
    requestedBy: z.string().optional(),
    startedBy: z.string().optional(),
    terms: GrantTermsDocument,
    arguments: z.record(z.string(), z.unknown()),
    argumentsDigest: z.string(),
    requestedAt: instant(),
    givenAt: instant(),
    until: instant(),
    revoked: z.object({ at: instant(), by: z.string(), reason: z.string().optional() }).optional(),
  })
  .openapi('Grant', { description: 'Calls that run without anybody being asked.' });

const ListedApprovalDocument = ApprovalDocument.omit({
  arguments: true,
  proposals: true,
  decision: true,
  votes: true,
  presented: true,
  outcome: true,
})
  .extend({
    argumentsPreview: z.string().openapi({ description: 'The beginning of the arguments as JSON.' }),
    argumentsBytes: z.number().int().openapi({
      description: 'The size of the arguments as JSON. If it exceeds the preview, read the approval.',
    }),
    voted: z
      .array(z.object({ by: z.string(), decision: z.enum(DECISION_KINDS), at: instant() }))
      .optional()
      .openapi({ description: 'Votes so far, for what stands in the arguments.' }),
    arguments: ApprovalDocument.shape.arguments.optional().openapi({
      description: 'With `expand=arguments`: the whole approval, without a preview.',
    }),
  })
  .partial({ argumentsPreview: true, argumentsBytes: true })
  .openapi('ListedApproval');

export const ApprovalPageDocument = z
  .object({
    approvals: z.array(ListedApprovalDocument),
    more: z.boolean().openapi({ description: 'Whether the limit left some out.' }),
    next: z.string().nullable().optional().openapi({
      description: '`cursor` of the next page; null on the last one. Absent with `expand=arguments`.',
    }),
  })
  .openapi('ApprovalPage');

export const RequestDocument = z
  .object({
    id: z.string(),
    action: z.string(),
    context: z.union([z.string(), z.record(z.string(), z.unknown())]).nullable(),
    urgency: z.enum(URGENCIES),
    approver: z.string().nullable(),
    status: z.enum(REQUEST_STATUSES),
    response_notes: z.string().nullable().openapi({ description: 'What the person wrote.' }),
    resolved_at: instant().nullable(),
    resolved_by: z.string().nullable(),
    expires_at: instant(),
    created_at: instant(),
  })
  .openapi('Request');
