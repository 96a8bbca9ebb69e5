import { setTimeout as sleep } from 'node:timers/promises';

import { ApplicationFailure } from '@temporalio/common';
import OpenAI from 'openai';

import type { Attachment, FileStore } from '../contracts/files.ts';
import type { FileName } from './footnotes.ts';
import { toFailure } from './openai-errors.ts';
import { requireReadable } from './readable.ts';

/** Files at the provider, which every protocol of OpenAI's shares. */

/** Names are a courtesy: no reply waits longer for all of its names, whatever the provider does. */
const NAMES_LIMIT_MS = 15_000;
const NAMES_AT_ONCE = 5;
/** An upload may be large, and a download begins slowly. */
const TRANSFER_LIMIT_MS = 120_000;

/** Looks each file's name up, once. */
export async function readFileNames(
  openai: OpenAI,
  fileIds: readonly string[],
  limitMs = NAMES_LIMIT_MS,
): Promise<ReadonlyMap<string, FileName>> {
  const signal = AbortSignal.timeout(limitMs);
  const names = new Map<string, FileName>();
  const waiting = [...fileIds];
  const work = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      names.set(id, signal.aborted ? 'unknown' : await nameOf(openai, id, signal));
    }
  };
  await Promise.all(Array.from({ length: NAMES_AT_ONCE }, work));
  return names;
}

async function nameOf(openai: OpenAI, id: string, signal: AbortSignal): Promise<FileName> {
  for (let tries = 1; ; tries += 1) {
    try {
      const { filename } = (await openai.files.retrieve(id, { signal })) as { filename?: unknown };
      return typeof filename === 'string' ? { name: filename } : 'unknown';
    } catch (error) {
      if (isGone(error)) return 'gone';
      const failure = toFailure(error, 'show the file');
      const mayPass = failure instanceof ApplicationFailure && failure.nonRetryable !== true;
      // Twice is enough for a name. What is no answer of the provider's is no reason to lose the reply, either.
      if (!mayPass || tries >= 2 || signal.aborted) return 'unknown';
      await sleep(500);
    }
  }
}

/**
 * Looks whether the provider has every attached file: some servers take a message with a file they do not have, and run without it.
 *
 * @throws ApplicationFailure `Attachment.NotFound` naming the first one that is missing.
 */
export async function requireFiles(openai: OpenAI, attachments: readonly Attachment[]): Promise<void> {
  await Promise.all(
    attachments.map(async ({ fileId }, index) => {
      try {
        requireReadable('show an attached file', await openai.files.retrieve(fileId));
      } catch (error) {
        if (!isGone(error)) throw toFailure(error, 'show an attached file');
        throw ApplicationFailure.create({
          type: 'Attachment.NotFound',
          message: `attachments[${index}].fileId is ${fileId}, which the provider does not have (any more). Nothing was sent to the model. Upload the file again and start a new turn with its new id.`,
          nonRetryable: true,
        });
      }
    }),
  );
}

/** Takes files in and gives them back: for the gateway and the command line. Nothing is tried twice. */
export function createFileStore(options: { apiKey: string; baseURL?: string | undefined }): FileStore {
  const openai = new OpenAI({ ...options, maxRetries: 0, timeout: TRANSFER_LIMIT_MS });
  return {
    async upload(file) {
      try {
        const { id, filename, bytes } = await openai.files.create({ file, purpose: 'assistants' });
        return { fileId: id, filename, bytes };
      } catch (error) {
        throw toFailure(error, 'take the file');
      }
    },
    async open(fileId, signal) {
      try {
        const { filename } = await openai.files.retrieve(fileId, { signal });
        const { body, headers } = await openai.files.content(fileId, { signal });
        const length = headers.get('content-encoding') === null ? headers.get('content-length') : null;
        return {
          filename: filename.slice(filename.search(/[^/\\]*$/)),
          bytes: length !== null && /^\d+$/.test(length) ? Number(length) : null,
          content: body ?? new Blob([]).stream(),
        };
      } catch (error) {
        if (isGone(error)) return null;
        throw toFailure(error, 'give the file');
      }
    },
  };
}

function isGone(error: unknown): boolean {
  return error instanceof OpenAI.APIError && error.status === 404;
}
