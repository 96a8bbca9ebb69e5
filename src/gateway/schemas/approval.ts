import { z } from '@hono/zod-openapi';

import { APPROVAL_STATUSES } from '../../contracts/approval/status.ts';
import { DECISION_KINDS, REFUSAL_REASONS } from '../../contracts/approval/decision.ts';
import { REQUEST_STATUSES, URGENCIES } from '../../contracts/request.ts';
import { FieldProblem, instant } from './common.ts';
import { PresentedDocument } from './presented.ts';

/** What the routes answer about approvals and requests, for /openapi.json; the compiler checks it against the contracts at every `c.json`. */

const Approver = z.object({ id: z.string(), groups: z.array(z.string()).optional() }).openapi('Approver');

const AuthenticatedDocument = z
  .object({
    by: z.enum(['key', 'oidc', 'link', 'webhook', 'cli', 'handover', 'slack', 'signal', 'client']),
    name: z.string().optional().openapi({ description: 'Of the API key or the webhook source.' }),
    issuer: z.string().optional().openapi({ description: 'Of the identity provider.' }),
    at: instant().optional(),
    acr: z.string().optional(),
    passkey: z.literal(true).optional(),
  })
  .openapi('Authenticated', { description: 'How the person was known to the gateway.' });

const GrantTermsDocument = z
  .object({
    forMs: z.number().int().openapi({ description: 'From the decision that settled it.' }),
    narrowerBy: z.array(z.string()).openapi({
      description: 'Arguments that are numbers and may be less. All others must be the same.',
    }),
    boundTo: z.enum(['conversation', 'requester']),
  })
  .openapi('GrantTerms', { description: 'Which later calls a decision lets through.' });

const DecisionRecord = z
  .object({
    decisionId: z.string(),
    decision: z.enum(DECISION_KINDS),
    approver: Approver,
    note: z.string().optional(),
    arguments: z.record(z.string(), z.unknown()).optional(),
    response: z.string().optional(),
    decidedAt: instant(),
    source: z.string().openapi({ example: 'webhook:slack' }),
    argumentsDigest: z.string().optional().openapi({ description: 'Of the arguments the person saw.' }),
    breakGlass: z
      .literal(true)
      .optional()
      .openapi({ description: 'It settled alone, by right of emergency.' }),
    grant: GrantTermsDocument.optional().openapi({
      description: 'Later calls that it was to let through, too.',
    }),
    authenticated: AuthenticatedDocument.optional(),
    attestation: z.string().optional().openapi({ description: 'The gateway’s signature, a compact JWS.' }),
  })
  .openapi('DecisionRecord');

const VoteDocument = DecisionRecord.extend({ at: instant() }).openapi('Vote');

const ShareDocument = z.object({ group: z.string(), atLeast: z.number().int() });

const RuleDocument = z
  .object({
    person: z.string().optional().openapi({
      description: 'Of a request that names a person of the directory: nobody else may decide it.',
    }),
    quorum: z
      .object({
        approve: z.number().int(),
        deny: z.number().int(),
        from: z.array(ShareDocument).optional(),
      })
      .optional(),
    notRequester: z.literal(true).optional(),
    note: z.enum(['deny', 'always']).optional(),
    breakGlass: z.object({ groups: z.array(z.string()) }).optional(),
    freshForMs: z.number().optional(),
    auth: z
      .object({
        maxAgeMinutes: z.number().optional(),
        acr: z.string().optional(),
        passkey: z.literal(true).optional(),
      })
      .optional(),
    mayGrant: GrantTermsDocument.optional().openapi({ description: 'The grant that a decision may give.' }),
  })
  .openapi('Rule', { description: 'What must be met beside `approvers`. Absent: one decision settles it.' });

const MissingDocument = z
  .object({
    approvals: z.number().int(),
    from: z.array(ShareDocument),
    another: z
      .literal(true)
      .optional()
      .openapi({ description: 'Somebody else than the author of the edit.' }),
  })
  .openapi('Missing', { description: 'What is needed before the approval is approved.' });

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

export const ReceiptDocument = z
  .object({
    outcome: z.enum([
      'applied',
      'voted',
      'duplicate',
      'conflict',
      'reused',
      'expired',
      'cancelled',
      'refused',
      'unknown',
    ]),
    approvalId: z.string(),
    decisionId: z.string(),
    status: z.enum(APPROVAL_STATUSES).optional(),
    argumentsDigest: z.string().optional(),
    decidedAt: instant().optional(),
    missing: MissingDocument.optional(),
    winner: DecisionRecord.optional(),
    reason: z.enum(REFUSAL_REASONS).optional(),
    problems: z.array(FieldProblem).optional(),
  })
  .openapi('Receipt');

export const AcceptedDocument = z
  .object({ outcome: z.literal('accepted'), approvalId: z.string(), decisionId: z.string() })
  .openapi('Accepted', { description: 'The decision is stored and applied once a worker is back.' });

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
