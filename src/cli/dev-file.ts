import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { writePrivateFile } from './private-file.ts';

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

/** @returns null when no `dev` has left one here. */
export async function readDevFile(): Promise<DevFile | null> {
  const text = await readFile(DEV_FILE, 'utf8').catch(() => null);
  return text === null ? null : DevFileSchema.parse(JSON.parse(text));
}

/** @returns null when no `dev` runs here. */
export async function readDevSessionSecret(): Promise<string | null> {
  return readFile(join(DEV_FOLDER, SESSION_SECRET_FILE), 'utf8').catch(() => null);
}

export async function removeDevFile(): Promise<void> {
  await rm(DEV_FILE, { force: true });
  await rm(join(DEV_FOLDER, SESSION_SECRET_FILE), { force: true });
}
