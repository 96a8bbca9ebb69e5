import { environment } from '../config/variables.ts';

/** Something of the kit was used in a way that it cannot serve; the message says what is possible. */
export class TestingError extends Error {
  override readonly name: string = 'TestingError';
}

/**
 * The kit decides in people's names and moves clocks, so it has no place where either counts.
 *
 * @param what - what was asked for, as a sentence's beginning.
 * @throws TestingError when NODE_ENV is `production`.
 */
export function refuseInProduction(
  what: string,
  env: Record<string, string | undefined> = environment,
): void {
  if (env.NODE_ENV !== 'production') return;
  throw new TestingError(
    `${what} is refused because NODE_ENV is "production". Use it in tests and in development only.`,
  );
}
