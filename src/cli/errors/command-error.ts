import type { ExitName } from './exit-codes.ts';

/** What a problem document says beside its message. */
export interface CommandErrorDetails {
  /** How the command ends; `usage` by default. */
  exit?: Exclude<ExitName, 'done'>;
  /** Key of the problem's type, where there is a better one than the exit's name: one of the gateway's, such as `turn-not-found`. */
  problem?: string;
  /** Further members of the problem document. */
  members?: Readonly<Record<string, unknown>>;
}

/** Something a person can put right; the message says how. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly details: CommandErrorDetails;

  constructor(message: string, details: CommandErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.details = details;
  }
}
