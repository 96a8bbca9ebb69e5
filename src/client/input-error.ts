import type { z } from 'zod';

import { isTooLarge } from '../contracts/too-large.ts';

/** A value the caller may not pass; `field` names it, `message` says what is allowed. */
export class InputError extends Error {
  override readonly name: string = 'InputError';
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/** A value that is too large for Temporal or the provider; nothing has been sent. `message` has its size and the limit. */
export class TooLargeError extends InputError {
  override readonly name = 'TooLargeError';
}

/** The idempotency key was used before, with another body; nothing was done. */
export class IdempotencyKeyReusedError extends InputError {
  override readonly name = 'IdempotencyKeyReusedError';

  constructor() {
    super('Idempotency-Key', 'was used before with another body: send that body again, or use a new key');
  }
}

/**
 * Looks at the sizes of what is about to be sent, by the schema the gateway has for it. Whatever else a schema asks for is
 * the gateway's business: a service of the same installation may send what it likes.
 *
 * @throws TooLargeError for the first field that is too large.
 */
export function requireFits(schema: z.ZodType, value: unknown): void {
  const issue = schema.safeParse(value).error?.issues.find(isTooLarge);
  if (issue !== undefined) throw new TooLargeError(issue.path.map(String).join('.'), issue.message);
}
