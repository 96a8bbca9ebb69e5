import { z } from 'zod';

import type { Reply } from '../contracts/files.ts';
import { CITATIONS, REPLY_BYTES } from '../contracts/limits.ts';
import type { RunReference } from '../contracts/run.ts';
import { jsonBytes } from '../contracts/size.ts';
import { fittingReply } from './fitting-reply.ts';
import { addFootnotes, type AnnotatedText, type FileName } from './footnotes.ts';
import type { Annotation } from './marks.ts';

/** Loose on purpose: what is malformed is read as missing, for a reply must not fail because of its footnotes. */
const About = z.looseObject({
  file_id: z.string().min(1).max(512).nullish().catch(null),
  quote: z.string().nullish().catch(null),
});
const AnnotationSchema = z.looseObject({
  type: z.enum(['file_citation', 'file_path']),
  text: z.string().nullish().catch(null),
  start_index: z.int().nullish().catch(null),
  file_citation: About.nullish().catch(null),
  file_path: About.nullish().catch(null),
});
const PartSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('text'),
    text: z.looseObject({ value: z.string(), annotations: z.array(z.unknown()).nullish().catch(null) }),
  }),
  z.looseObject({ type: z.literal('image_file'), image_file: About }),
]);

/** More than these come from no model. */
const ANNOTATIONS = 2_000;

/** Parts of a message's content that can be shown as text. Annotations of other kinds are left alone. */
export function readContent(content: readonly unknown[]): AnnotatedText[] {
  return content.flatMap((part): AnnotatedText[] => {
    const parsed = PartSchema.safeParse(part);
    if (!parsed.success) return [];
    if (parsed.data.type === 'text') {
      const { value, annotations } = parsed.data.text;
      return [{ text: value, annotations: (annotations ?? []).slice(0, ANNOTATIONS).flatMap(toAnnotation) }];
    }
    // An image has no text: its footnote stands alone where it was.
    const fileId = parsed.data.image_file.file_id ?? null;
    return [{ text: IMAGE, annotations: [{ kind: 'file_path', fileId, text: IMAGE, start: 0 }] }];
  });
}

const IMAGE = 'sandbox:image';

function toAnnotation(found: unknown): Annotation[] {
  const parsed = AnnotationSchema.safeParse(found);
  if (!parsed.success) return [];
  const { type, text, start_index } = parsed.data;
  const { file_id, quote } = parsed.data[type] ?? {};
  return [
    {
      kind: type,
      fileId: file_id ?? null,
      text: text ?? '',
      start: start_index ?? null,
      ...(quote ? { quote } : {}),
    },
  ];
}

/** Ids of the files that are cited, each once, as many as can have a footnote. */
export function citedFiles(parts: readonly AnnotatedText[]): string[] {
  const ids = parts.flatMap(({ annotations }) => annotations.map(({ fileId }) => fileId));
  return [...new Set(ids)].filter((id) => id !== null).slice(0, CITATIONS);
}

/** The reply with its footnotes. A text that is too long for the turn's result is kept as far as it fits, and says so. */
export function toReply(
  parts: readonly AnnotatedText[],
  names: ReadonlyMap<string, FileName>,
  run: RunReference,
): Reply {
  const { text, notes, citations } = addFootnotes(parts, (fileId) => names.get(fileId) ?? 'unknown');
  if (citations.length === 0 && notes.length === 0) return { reply: fittingReply(text, run) };
  const below = `\n\n${notes.join('\n')}`;
  return { reply: `${fittingReply(text, run, REPLY_BYTES - jsonBytes(below))}${below}`, citations };
}
