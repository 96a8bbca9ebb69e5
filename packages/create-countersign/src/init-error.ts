/** Something a person can put right; the message says how. */
export class InitError extends Error {
  override readonly name = 'InitError';
}
