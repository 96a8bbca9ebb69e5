import { z } from 'zod';

import { ATTACHMENTS, FILE_ID_CHARACTERS } from './limits.ts';
import { atMostCharacters, tooMuch } from './too-large.ts';

/** Tools that run at the provider. No person approves their work: it happens before we see it. */
const BUILT_IN_TOOLS = ['code_interpreter', 'file_search'] as const;
/** A tool that runs at the provider: no policy covers it. */
export type BuiltInTool = (typeof BUILT_IN_TOOLS)[number];

/** A file attached to a message. Without `tools` it goes to every built-in tool of the assistant. */
export interface Attachment {
  /** The provider's id. Over HTTP it is the handle from the gateway (docs/decisions/0016). */
  fileId: string;
  tools?: BuiltInTool[];
}

const AttachmentSchema = z.strictObject({
  fileId: atMostCharacters(FILE_ID_CHARACTERS).min(1, 'must not be empty'),
  tools: z
    .array(z.enum(BUILT_IN_TOOLS, { error: `must be one of ${BUILT_IN_TOOLS.join(', ')}` }))
    .min(1, `must name at least one of ${BUILT_IN_TOOLS.join(', ')}, or be left out`)
    .refine((tools) => new Set(tools).size === tools.length, 'must not name a tool twice')
    .optional(),
});

export const AttachmentsSchema = z.array(AttachmentSchema).superRefine((attachments, context) => {
  if (attachments.length > ATTACHMENTS) context.addIssue(tooMuch(attachments.length, ATTACHMENTS, 'files'));
  attachments.forEach(({ fileId }, index) => {
    const first = attachments.findIndex((attachment) => attachment.fileId === fileId);
    if (first === index) return;
    const message = `is the same file as attachments.${first}; name it once, with all its tools`;
    context.addIssue({ code: 'custom', path: [index, 'fileId'], message });
  });
});

/** A footnote of a reply: its text refers to the file as `[number]`. */
export interface Citation {
  number: number;
  /** `file_citation`: a source that was searched. `file_path`: a file that the assistant created. */
  kind: 'file_citation' | 'file_path';
  /** Null when the provider names none. */
  fileId: string | null;
  /** Null if the file no longer exists or its name could not be read. */
  filename: string | null;
  quote?: string;
}

/** The answer of an assistant. */
export interface Reply {
  /** Its text, footnotes included. */
  reply: string;
  citations?: Citation[];
}

/** Where files are: at the provider. */
export interface FileStore {
  /** @throws ApplicationFailure `Provider.…` (contracts/failures.ts) when the provider does not take it. */
  upload(file: File): Promise<{ fileId: string; filename: string; bytes: number }>;
  /**
   * Begins to read a file; null when there is none (any more).
   *
   * @throws ApplicationFailure `Provider.…`; `Provider.BadRequest` or `Provider.Forbidden` when it may not be had back.
   */
  open(
    fileId: string,
    signal: AbortSignal,
  ): Promise<{ filename: string; bytes: number | null; content: ReadableStream<Uint8Array> } | null>;
}
