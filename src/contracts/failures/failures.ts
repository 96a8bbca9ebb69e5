/**
 * Every way a turn can end badly, as the dotted type of its Temporal failure. The types are public API: the gateway shows
 * them as `failure.type`, alerts and retry rules match on them.
 *
 * A failure is terminal or retryable. Retryable ones are retried by Temporal and reach nobody unless the turn is cancelled;
 * terminal ones end the turn.
 */
export const FAILURES = {
  'Run.Failed': 'terminal',
  'Run.RateLimited': 'terminal',
  'Run.Incomplete': 'terminal',
  'Run.Expired': 'terminal',
  'Run.Cancelled': 'terminal',
  'Run.UnknownStatus': 'terminal',
  'Run.StillWorking': 'retryable',
  'Run.ThreadBusy': 'retryable',
  'Attachment.NotFound': 'terminal',
  'Attachment.NoTool': 'terminal',
  'Approval.Expired': 'terminal',
  'Tool.Failed': 'terminal',
  'Tool.TimedOut': 'retryable',
  'Tool.Interrupted': 'retryable',
  'Tool.DigestMismatch': 'terminal',
  'Tool.NotSignedOff': 'terminal',
  'Tool.SignOffExpired': 'terminal',
  'Tool.NotAttested': 'terminal',
  'Tool.OutcomeUnknown': 'terminal',
  'Record.Unavailable': 'retryable',
  'Turn.Failed': 'terminal',
  'Turn.UnknownAssistant': 'terminal',
  'Turn.TooManyRounds': 'terminal',
  'Turn.Terminated': 'terminal',
  'Provider.Unauthorized': 'terminal',
  'Provider.Forbidden': 'terminal',
  'Provider.NotFound': 'terminal',
  'Provider.BadRequest': 'terminal',
  'Provider.UnexpectedAnswer': 'terminal',
  'Provider.WrongProtocol': 'terminal',
  'Provider.RateLimited': 'retryable',
  'Provider.Conflict': 'retryable',
  'Provider.Unavailable': 'retryable',
  'Provider.Unreachable': 'retryable',
} as const satisfies Record<string, 'terminal' | 'retryable'>;

/** The type of a failure, such as `Run.Expired`. */
export type FailureType = keyof typeof FAILURES;

export function isFailureType(type: string | null | undefined): type is FailureType {
  return typeof type === 'string' && Object.hasOwn(FAILURES, type);
}

/** How a failure travels to a reader: `message` says what happened and what to do; it never holds arguments or secrets. */
export interface FailureView {
  type: string;
  message: string;
}
