import { z } from '@hono/zod-openapi';

/** What the routes answer about rules and what they still lack, for /openapi.json. */

export const GrantTermsDocument = z
  .object({
    forMs: z.number().int().openapi({ description: 'From the decision that settled it.' }),
    narrowerBy: z.array(z.string()).openapi({
      description: 'Arguments that are numbers and may be less. All others must be the same.',
    }),
    boundTo: z.enum(['conversation', 'requester']),
  })
  .openapi('GrantTerms', { description: 'Which later calls a decision lets through.' });

const ShareDocument = z.object({ group: z.string(), atLeast: z.number().int() });

export const RuleDocument = z
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

export const MissingDocument = z
  .object({
    approvals: z.number().int(),
    from: z.array(ShareDocument),
    another: z
      .literal(true)
      .optional()
      .openapi({ description: 'Somebody else than the author of the edit.' }),
  })
  .openapi('Missing', { description: 'What is needed before the approval is approved.' });
