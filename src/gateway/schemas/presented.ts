import { z } from '@hono/zod-openapi';

import { FIELD_KINDS, RISKS, type Labels } from '../../contracts/approval/presented.ts';

const LabelsDocument: z.ZodType<Labels> = z.record(z.string(), z.unknown()).openapi('Labels', {
  description: 'By name of an argument: `title`, `description`, `format`, and `inner` for its own fields.',
}) as never; // it holds itself

/** How a call is shown beside its arguments. */
export const PresentedDocument = z
  .union([
    z.object({
      by: z.literal('tool'),
      title: z.string().optional(),
      summary: z.string().optional(),
      fields: z.array(
        z.object({
          label: z.string(),
          value: z.string(),
          kind: z.enum(FIELD_KINDS),
          currency: z.string().optional().openapi({ description: 'ISO 4217, of money only.' }),
          left: z.number().int().optional().openapi({ description: 'Characters that are not shown.' }),
        }),
      ),
      risk: z.enum(RISKS).optional(),
      left: z.number().int().optional().openapi({ description: 'Fields that are not shown.' }),
    }),
    z.object({
      by: z.literal('schema'),
      labels: LabelsDocument,
      failed: z.literal(true).optional().openapi({ description: 'The tool could not show it itself.' }),
    }),
  ])
  .openapi('Presented', {
    description:
      'How the call is shown beside its arguments: as the tool says, or with the names of its schema. The digest covers the arguments alone.',
  });
