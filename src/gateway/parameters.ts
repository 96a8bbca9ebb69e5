import { z } from '@hono/zod-openapi';

import { ID_RULES } from '../contracts/ids.ts';

/** What routes take in paths and queries. Ids are checked by the handlers: what cannot be one of ours is answered like one that is not there. */

export const FileParams = z.object({
  fileId: z.string().openapi({ description: 'From an upload or a citation.' }),
});

export const RequestParams = z.object({
  id: z.string().openapi({ description: ID_RULES.requestId, example: 'req_4f1c09d2a7b86e3355c0a1de' }),
});

export const ConversationParams = z.object({
  conversationId: z.string().openapi({ description: ID_RULES.conversationId, example: 'order-4711' }),
});
export const TurnParams = z.object({
  turnId: z.string().openapi({ description: ID_RULES.turnId, example: 'order-4711.k3f9w2m7c5q8' }),
});
export const ApprovalParams = z.object({
  approvalId: z
    .string()
    .openapi({ description: ID_RULES.approvalId, example: 'order-4711.k3f9w2m7c5q8.p4x7r2d1' }),
});

/** A whole number in the query, from 0 or 1 up to a limit. */
export function wholeNumber(minimum: number, maximum: number, fallback: number) {
  return z
    .string()
    .regex(/^\d{1,6}$/, `must be a whole number from ${minimum} to ${maximum}`)
    .transform(Number)
    .refine(
      (value) => value >= minimum && value <= maximum,
      `must be a whole number from ${minimum} to ${maximum}`,
    )
    .optional()
    .transform((value) => value ?? fallback)
    .openapi({ type: 'integer', minimum, maximum, default: fallback });
}
