import { readFileSync } from 'node:fs';

import type { z } from 'zod';

/** A settings file that is missing or malformed: the message names the file, the place and the remedy, never a secret. */
export class SettingsFileError extends Error {
  override readonly name = 'SettingsFileError';
}

/**
 * Reads and parses a JSON settings file that holds secrets or hashes of them.
 *
 * @param remedy - a sentence that says what the file must look like or which command makes it.
 * @throws SettingsFileError
 */
export function readSettingsFile<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
  remedy: string,
): z.output<Schema> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new SettingsFileError(`${file} cannot be read (${code}). ${remedy}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which may be a secret.
    throw new SettingsFileError(`${file} is not JSON. ${remedy}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.map(String).join('.') || 'file'}: ${message}`,
  );
  throw new SettingsFileError(`${file} is not valid: ${problems.join('; ')}. ${remedy}`);
}
