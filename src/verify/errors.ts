/** `verify` was asked for something that it cannot do; the message says what to change. */
export class VerifyError extends Error {
  override readonly name = 'VerifyError';
}
