import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

import { providerConfig } from '../../config.ts';
import type { Attachment } from '../../contracts/files.ts';
import { ATTACHMENTS } from '../../contracts/limits.ts';
import { createFileStore } from '../../providers/files.ts';
import { readDevFile } from '../files/dev-file.ts';
import { CommandError } from '../run-command.ts';

/**
 * Uploads files to the provider: where OPENAI_API_KEY says, else to the simulator of a `dev` in this folder. All of them are read before
 * the first one is sent.
 *
 * @throws CommandError naming the file or the variable, and the remedy.
 */
export async function uploadAll(paths: readonly string[]): Promise<Attachment[]> {
  if (paths.length === 0) return [];
  if (paths.length > ATTACHMENTS)
    throw new CommandError(
      `--attach names ${paths.length} files; at most ${ATTACHMENTS} can go with a message.`,
    );
  const files = await Promise.all(paths.map(read));
  const { apiKey, baseURL } = providerConfig();
  const simulator = apiKey === undefined ? (await readDevFile())?.simulator : undefined;
  if (apiKey === undefined && !simulator) {
    throw new CommandError(
      '--attach needs the provider: set OPENAI_API_KEY (and OPENAI_BASE_URL), or use it in a folder where "dev" runs with the simulator.',
    );
  }
  const store = createFileStore(
    apiKey === undefined ? { apiKey: 'simulator', baseURL: simulator ?? undefined } : { apiKey, baseURL },
  );
  const uploaded = await Promise.all(
    files.map((file) =>
      store.upload(file).catch((error: unknown) => {
        throw new CommandError(
          `${file.name} was not uploaded. ${error instanceof Error ? error.message : String(error)}`,
        );
      }),
    ),
  );
  return uploaded.map(({ fileId }) => ({ fileId }));
}

async function read(path: string): Promise<File> {
  try {
    return new File([await readFile(path)], basename(path));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CommandError(`--attach ${path} cannot be read (${code}). Name a file that exists.`);
  }
}
