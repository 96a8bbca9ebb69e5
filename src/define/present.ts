import { z } from 'zod';

import { FIELD_KINDS, RISKS, type FieldKind, type Risk } from '../contracts/approval/presented.ts';

/** How a tool shows a call to whoever decides it. */
export interface Presentation {
  /** What will happen, in one line: `Refund of order A-1`. */
  title?: string | undefined;
  /** A sentence or two more. */
  summary?: string | undefined;
  /** What matters for the decision. The arguments stay one click away. */
  fields?: PresentationField[] | undefined;
  risk?: Risk | undefined;
}

/** One line of a card. */
export type PresentationField =
  | {
      label: string;
      /** The amount in the currency itself, not in cents: `args.amountCents / 100`. */
      value: number;
      kind: 'money';
      /** ISO 4217: `EUR`. */
      currency: string;
    }
  | {
      label: string;
      /** `date`: ISO 8601. `link`: an http or https address. `diff`: lines that begin with `+`, `-` or a space. */
      value: string | number;
      kind: Exclude<FieldKind, 'money'>;
    };

const label = z.string().trim().min(1, 'must not be empty');
const words = z.union([z.string(), z.number().transform(String)], 'must be a text or a number');

const field = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      label,
      kind: z.literal('money'),
      value: z.number('must be a number').transform(String),
      currency: z.string().regex(/^[A-Z]{3}$/, 'must be a code of ISO 4217, such as EUR'),
    }),
    z.strictObject({ label, kind: z.enum(['text', 'code', 'diff', 'person']), value: words }),
    z.strictObject({
      ...{ label, kind: z.literal('date') },
      value: z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'must be a date of ISO 8601'),
    }),
    z.strictObject({
      ...{ label, kind: z.literal('link') },
      value: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }),
    }),
  ],
  { error: `must be one of ${FIELD_KINDS.join(', ')}` },
);

/** What `present` may return. Strict: a misspelt field is a field that nobody is shown. */
export const PresentationSchema = z.strictObject({
  title: z.string().optional(),
  summary: z.string().optional(),
  fields: z.array(field).optional(),
  risk: z.enum(RISKS).optional(),
});
