import { z } from 'zod';

import { inDigits, jsonBytes } from './size.ts';

/** Parts of schemas that refuse what is too large. The message has the size and the limit; the path of the issue, the field. */

type Unit = 'bytes as JSON' | 'characters' | 'pairs' | 'files';

/** What `isTooLarge` knows an issue by. */
const MARK = 'isTooLarge';

export function tooMuch(size: number, limit: number, unit: Unit) {
  return {
    code: 'custom' as const,
    message: `has ${inDigits(size)} ${unit}, at most ${inDigits(limit)} are allowed`,
    params: { [MARK]: true },
  };
}

export function atMostCharacters(limit: number) {
  const error = ({ input }: { input?: unknown }): string =>
    tooMuch(typeof input === 'string' ? input.length : 0, limit, 'characters').message;
  return z.string().max(limit, { error });
}

/** For `superRefine`: the value as JSON in UTF-8. */
export function atMostBytes(limit: number) {
  return (value: unknown, context: Pick<z.RefinementCtx, 'addIssue'>): void => {
    const size = jsonBytes(value);
    if (size > limit) context.addIssue(tooMuch(size, limit, 'bytes as JSON'));
  };
}

/** Whether an issue is about nothing but a size. */
export function isTooLarge(issue: z.core.$ZodIssue): boolean {
  if (issue.code === 'too_big') return true;
  return issue.code === 'custom' && issue.params?.[MARK] === true;
}
