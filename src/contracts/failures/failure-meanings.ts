import type { FailureType } from './failures.ts';

/** What a failure says to people: when a turn, or an attempt of one, ends with it, and what helps. */
export interface FailureMeaning {
  when: string;
  action: string;
}

/** For the reference and the command line; apart from the types themselves, because workflows load those. */
export const FAILURE_MEANINGS: Record<FailureType, FailureMeaning> = {
  'Run.Failed': {
    when: 'the run failed at the provider; the message has its `last_error`',
    action: "read the provider's reason in the message; start a new turn",
  },
  'Run.RateLimited': {
    when: 'the run failed with `rate_limit_exceeded`',
    action: 'start a new turn later; ask the provider for a higher limit',
  },
  'Run.Incomplete': {
    when: 'the run stopped before its reply was complete',
    action: "read the provider's reason in the message; start a new turn",
  },
  'Run.Expired': {
    when: 'the run expired before its reply, and up to five runs after it',
    action: 'check whether workers were down or the model slow; start a new turn',
  },
  'Run.Cancelled': {
    when: 'somebody else cancelled the run at the provider',
    action: "find out who else has the provider's key",
  },
  'Run.UnknownStatus': {
    when: 'a status this version does not know, or `requires_action` without calls, lasted half a minute',
    action: "check that `OPENAI_BASE_URL` speaks `COUNTERSIGN_PROVIDER`'s protocol",
  },
  'Run.StillWorking': {
    when: 'a watch of a long run gave its slot to another activity',
    action: 'none',
  },
  'Run.ThreadBusy': {
    when: 'another run keeps the thread; ours is tried again, after 15 s at most',
    action: 'find the other run at the provider',
  },
  'Attachment.NotFound': {
    when: 'the provider does not have an attached file; nothing was sent',
    action: 'upload the file again; start a new turn',
  },
  'Attachment.NoTool': {
    when: 'the assistant has no built-in tool for an attached file; nothing was sent',
    action: 'give the assistant `builtInTools`',
  },
  'Approval.Expired': {
    when: 'nobody decided in time, and the policy says `cancel`',
    action: 'tell approvers sooner, or choose `deny` or `park` in the policy',
  },
  'Tool.Failed': {
    when: "a tool with `onError: 'fail'` threw",
    action: 'fix the tool; the message has its error',
  },
  'Tool.TimedOut': {
    when: 'a tool took longer than its `timeout`; an at-most-once tool is not tried again',
    action: "if it repeats, raise the tool's `timeout`",
  },
  'Tool.Interrupted': {
    when: 'a worker was shut down while it ran a tool that can be tried again',
    action: 'none',
  },
  'Tool.DigestMismatch': {
    when: 'what was about to run is not what was reviewed; nothing ran',
    action: 'treat it as a security incident',
  },
  'Tool.NotSignedOff': {
    when: 'the call needs a sign-off of its own and has none; nothing ran',
    action: "read the turn's history",
  },
  'Tool.SignOffExpired': {
    when: 'the sign-off came at its deadline or later; nothing ran',
    action: "read the turn's history",
  },
  'Tool.NotAttested': {
    when: 'a vote has no good signature of a gateway whose key is trusted; nothing ran',
    action: 'treat it as a security incident, unless keys were changed just now',
  },
  'Tool.OutcomeUnknown': {
    when: "a tool with `onError: 'fail'` may or may not have had its effect",
    action: 'look for the approval id, which is the idempotency key, in the system behind the tool',
  },
  'Record.Unavailable': {
    when: 'the store cannot be used, or this worker has none; the effect waits and has not begun',
    action: 'bring the store back, or give the worker `COUNTERSIGN_DATABASE_URL`',
  },
  'Turn.Failed': {
    when: 'the turn failed without a type of its own',
    action: "read the message and the turn's history",
  },
  'Turn.UnknownAssistant': {
    when: 'the application has no assistant of that name',
    action: 'deploy the assistant, or correct the caller',
  },
  'Turn.TooManyRounds': {
    when: "the model asked for tools more often than the assistant's `maximumRounds`; the run was cancelled",
    action: 'read the transcript; raise `maximumRounds` if needed',
  },
  'Turn.Terminated': {
    when: "an operator terminated the workflow, or a limit of Temporal's did",
    action: 'check whether the run at the provider is still active',
  },
  'Provider.Unauthorized': {
    when: 'the provider answered 401',
    action: "check the worker's `OPENAI_API_KEY`",
  },
  'Provider.Forbidden': {
    when: 'the provider answered 403, or 429 with a used-up quota',
    action: "check the key's rights and its quota",
  },
  'Provider.NotFound': {
    when: 'the provider answered 404',
    action: 'check `OPENAI_BASE_URL` and `COUNTERSIGN_PROVIDER`',
  },
  'Provider.BadRequest': {
    when: 'any other answer from 400 to 499 that the state at the provider does not explain',
    action: "read the provider's words in the message",
  },
  'Provider.UnexpectedAnswer': {
    when: 'the answer does not follow the protocol',
    action: "read the provider's words in the message; check `OPENAI_BASE_URL`",
  },
  'Provider.WrongProtocol': {
    when: "the conversation began with another protocol than the worker's",
    action: 'restore `COUNTERSIGN_PROVIDER`, or start a new conversation',
  },
  'Provider.RateLimited': {
    when: 'the provider answered 429; its `Retry-After` is the pause, five minutes at most',
    action: 'none; the provider asks to wait',
  },
  'Provider.Conflict': {
    when: 'the provider answered 409',
    action: 'none; the request is tried again',
  },
  'Provider.Unavailable': {
    when: 'the provider answered 408 or 5xx',
    action: 'check the provider',
  },
  'Provider.Unreachable': {
    when: 'the provider did not answer',
    action: 'check the network and `OPENAI_BASE_URL`',
  },
};
