import { z } from '@hono/zod-openapi';

/** A time, ISO 8601. */
export const instant = () => z.string().openapi({ format: 'date-time' });

export const FieldProblem = z
  .object({
    field: z
      .string()
      .openapi({ description: 'A path such as `items.0.amountCents`; empty for the whole value.' }),
    message: z.string(),
  })
  .openapi('FieldProblem');

export const ProblemDocument = z
  .looseObject({
    type: z.string().openapi({ example: 'urn:countersign:problem:approval-expired' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    requestId: z.string(),
    errors: z.array(FieldProblem).optional(),
  })
  .openapi('Problem', { description: 'RFC 9457 problem details.' });
