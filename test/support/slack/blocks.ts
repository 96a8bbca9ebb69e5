import { z } from 'zod';

/** Blocks and views as Slack's reference describes them: no other fields, and its limits. */

const id = z.string().min(1).max(255);
/** Control characters that are not escaped would become a mention, a link or an escape. */
const escapedText = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^(?:[^&<>]|&amp;|&lt;|&gt;)*$/, 'unescaped');
const plain = (most: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: escapedText(most), emoji: z.boolean().optional() });

const button = z.strictObject({
  type: z.literal('button'),
  text: plain(75),
  action_id: id,
  url: z.url().max(3_000).optional(),
  value: z.string().max(2_000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
});
const richText = z.strictObject({
  type: z.literal('text'),
  text: z.string().min(1).max(3_000),
  style: z.strictObject({ bold: z.boolean().optional() }).optional(),
});
const richParts = ['rich_text_section', 'rich_text_preformatted', 'rich_text_quote'] as const;
const block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('divider'), block_id: id.optional() }),
  z.strictObject({
    type: z.literal('section'),
    text: plain(3_000),
    block_id: id.optional(),
    accessory: button.optional(),
  }),
  z.strictObject({
    type: z.literal('actions'),
    block_id: id.optional(),
    elements: z
      .array(button)
      .min(1)
      .max(25)
      .refine((all) => new Set(all.map(({ action_id }) => action_id)).size === all.length),
  }),
  z.strictObject({
    type: z.literal('rich_text'),
    block_id: id.optional(),
    elements: z.array(z.strictObject({ type: z.enum(richParts), elements: z.array(richText).min(1) })).min(1),
  }),
  z.strictObject({
    type: z.literal('input'),
    block_id: id.optional(),
    label: plain(2_000),
    optional: z.boolean().optional(),
    element: z.strictObject({
      type: z.literal('plain_text_input'),
      action_id: id,
      multiline: z.boolean().optional(),
      max_length: z.int().min(1).max(3_000).optional(),
    }),
  }),
]);
export type Block = z.infer<typeof block>;

const eachOnce = (blocks: readonly Block[]) => {
  const ids = blocks.flatMap(({ block_id: own }) => own ?? []);
  return new Set(ids).size === ids.length;
};
export const MessageBlocks = z
  .array(block)
  .min(1)
  .max(50)
  .refine(eachOnce)
  .refine((blocks) => blocks.every(({ type }) => type !== 'input'));
export const MessageText = escapedText(4_000);

export const View = z
  .strictObject({
    type: z.literal('modal'),
    title: plain(24),
    submit: plain(24).optional(),
    close: plain(24).optional(),
    callback_id: id.optional(),
    private_metadata: z.string().max(3_000).optional(),
    blocks: z.array(block).min(1).max(100).refine(eachOnce),
  })
  .refine(
    ({ blocks, submit }) => submit !== undefined || blocks.every(({ type }) => type !== 'input'),
    'a view with an input needs a submit',
  );
export type View = z.infer<typeof View>;
