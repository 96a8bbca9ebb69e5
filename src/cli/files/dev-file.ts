import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { tryLock, type FileLock } from './file-lock.ts';
import { writePrivateFile } from './private-file.ts';
import { readIfThere } from './read-if-there.ts';
import { CommandError } from '../run-command.ts';

/** Where `dev` keeps its state, below the current folder. */
export const DEV_FOLDER = '.countersign';
const DEV_FILE = join(DEV_FOLDER, 'dev.json');

/** Beside it: what signs the inbox's links, so that more of them can be made. */
export const SESSION_SECRET_FILE = 'session-secret';

/** What `dev` runs and how to reach it: the file scripts and examples read. Its names are public (docs/operations.md). */
const DevFileSchema = z.looseObject({
  gateway: z.string(),
  simulator: z.string().nullable(),
  temporal: z.string(),
  temporalUi: z.string().nullable(),
  apiKey: z.string(),
  webhookSecret: z.string(),
  inboxLink: z.string(),
  pids: z.record(z.string(), z.number()),
});
export type DevFile = z.infer<typeof DevFileSchema>;

/** Readable by its owner only: it holds a key. */
export async function writeDevFile(content: DevFile): Promise<void> {
  await mkdir(DEV_FOLDER, { recursive: true });
  await writePrivateFile(DEV_FILE, `${JSON.stringify(content, null, 2)}\n`);
}

/**
 * @returns null when no `dev` has left one here.
 * @throws CommandError when it is not whole, as after a loss of power
 */
export async function readDevFile(): Promise<DevFile | null> {
  const text = await readIfThere(DEV_FILE);
  if (text === null) return null;
  try {
    return DevFileSchema.parse(JSON.parse(text));
  } catch {
    // The parser's message may quote the key in it.
    throw new CommandError(
      `${DEV_FILE} is not whole. Start "dev" in this folder again, which writes it anew.`,
    );
  }
}

/** @returns null when no `dev` runs here. */
export function readDevSessionSecret(): Promise<string | null> {
  return readIfThere(join(DEV_FOLDER, SESSION_SECRET_FILE));
}

/**
 * Makes this process the only `dev` of the folder, before anything is written there: two would fight over keys, ports and the
 * database. The lock falls with the process, so what a killed one has left, its pid included, means nothing.
 *
 * @throws CommandError when another one has it
 */
export async function claimDevFolder(): Promise<FileLock> {
  await mkdir(DEV_FOLDER, { recursive: true, mode: 0o700 });
  const lock = tryLock(join(DEV_FOLDER, 'dev.lock'));
  if (lock !== null) return lock;
  throw new CommandError(
    `"dev" already runs in this folder, or is about to. Use it, or end it first; ${DEV_FILE} has its process under "pids", "main".`,
  );
}

export async function removeDevFile(): Promise<void> {
  await rm(DEV_FILE, { force: true });
  await rm(join(DEV_FOLDER, SESSION_SECRET_FILE), { force: true });
}
