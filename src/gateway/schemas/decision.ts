import { z } from '@hono/zod-openapi';

import { DECISION_KINDS, REFUSAL_REASONS } from '../../contracts/approval/decision.ts';
import { APPROVAL_STATUSES } from '../../contracts/approval/status.ts';
import { FieldProblem, instant } from './common.ts';
import { GrantTermsDocument, MissingDocument } from './rule.ts';

/** What the routes answer about decisions, for /openapi.json. */

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

export const DecisionRecord = z
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

export const VoteDocument = DecisionRecord.extend({ at: instant() }).openapi('Vote');

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
