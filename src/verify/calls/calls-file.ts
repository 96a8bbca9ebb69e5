import { readFile } from 'node:fs/promises';

import { z } from 'zod';

import { issueWords } from '../../contracts/issue-words.ts';
import { wordsOf } from '../words.ts';
import { VerifyError } from '../errors.ts';
import { SampleCallSchema, type SampleCall } from '../hooks.ts';

const CallsFile = z.strictObject({ calls: z.array(SampleCallSchema).min(1, 'must have at least one call') });

/** @throws VerifyError naming the file and the field that does not fit. */
export async function readCallsFile(file: string): Promise<SampleCall[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new VerifyError(`The calls of ${file} cannot be read: ${wordsOf(error)}. Check --calls.`);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new VerifyError(`${file} is no JSON: ${wordsOf(error)}.`);
  }
  const parsed = CallsFile.safeParse(json, { error: issueWords });
  if (parsed.success) return parsed.data.calls;
  const [issue] = parsed.error.issues;
  const field = issue?.path.map(String).join('.');
  const format =
    '{ "calls": [{ "tool": "refund_order", "arguments": { … }, "context": { "user": "ada" } }] }';
  throw new VerifyError(
    `${file} cannot be used: ${field === '' ? 'the whole' : `"${field}"`} ${issue?.message ?? ''}. It looks like ${format}.`,
  );
}
