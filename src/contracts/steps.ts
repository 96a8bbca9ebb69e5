import type { AnyApproval } from './approval/approval.ts';
import type { Approver, Decision, DecisionRecord } from './approval/decision.ts';
import type { CallToRun, Verdict } from './approval/review.ts';
import type { WhilePending } from './conversation.ts';
import type { Attachment } from './files.ts';
import type { Fact, Writing } from './recording/fact.ts';
import type { Delivery, RunReference, RunReport, ToolOutput } from './run.ts';
import type { TranscriptEntry } from './transcript.ts';
import type { TurnContext } from './turn.ts';

/** What a turn and its activities say to each other. */

/** Facts of a turn that travel with every activity of it. */
export interface TurnFacts {
  turnId: string;
  conversationId: string;
  assistant?: string;
  context: TurnContext;
  /** The API key that began the turn. */
  startedBy?: string;
  /** The turn was reset in Temporal: what looks like a first attempt may have happened before. */
  isRepeat?: boolean;
}

/** What the record needs of an activity of a turn. */
export interface Recorded {
  /** ISO 8601, the turn's clock: when the activity was scheduled. */
  sentAt?: string;
  /** What has happened and is to be written. Absent where the turn is not recorded. */
  record?: Fact[];
}

export interface CreateRunInput extends TurnFacts, Recorded {
  threadId: string;
  key: string;
  message: string;
  attachments?: Attachment[];
  metadata?: Record<string, string>;
  /** What was said before, when the provider keeps nothing itself. */
  transcript?: TranscriptEntry[];
}

/** What became of the run so far, and what the workflow must know of the assistant that serves it. */
export type CreatedRun = RunReport & {
  assistant: string;
  whilePending: WhilePending;
  /** So often a turn may be asked for tools. */
  maximumRounds: number;
  /** The worker trusts keys of gateways: what is asked must be decided with a signature. */
  isAttested?: true;
};

/** A decision before it is counted, and what of it must be looked at. */
export interface CheckDecision {
  tenant: string;
  decision: Decision;
  /** It must bear the signature of a trusted gateway. */
  isAttested?: true;
  /** The store says whether whoever decides still has the right to. */
  isRecorded?: true;
  /** Whoever decides must be somebody else than these, by the names that they came under; the directory may know one person by several. */
  others?: { voters: string[]; requesters: string[] };
}

/** `unchecked`: the store cannot be asked now. `problem` and `because` are the end of a sentence. */
export type DecisionChecked =
  | { is: 'good' }
  | { is: 'refused'; reason: 'unattested' | 'revoked' | 'requester' | 'already_voted'; problem: string }
  | { is: 'unchecked'; because: string };

export interface WatchInput extends TurnFacts, Recorded {
  run: RunReference;
}

export interface SubmitInput extends WatchInput {
  outputs: ToolOutput[];
  /** Minted in workflow code; another one in each round. */
  key: string;
  metadata?: Record<string, string>;
  transcript?: TranscriptEntry[];
}

/** The create that began the run, and the run itself; without one the create's outcome is unknown, and the run is looked for. */
export type CancelInput = CreateRunInput & { run?: RunReference };

/** The approval that lets a call run: who let it, and by which rule. */
export interface SignOff extends Pick<
  AnyApproval,
  'approvers' | 'rule' | 'requestedBy' | 'startedBy' | 'requestedAt'
> {
  approvalId: string;
  approver: Approver;
  note?: string;
  /** ISO 8601, Temporal's clock: when it was decided, and until when it could be. */
  resolvedAt: string;
  deadline: string | null;
  /** ISO 8601, the turn's clock: when it was to run. */
  toRunAt: string;
  /** Every vote for these arguments, in their order; where one is enough, the decision. */
  votes: DecisionRecord[];
  /** The person who changed the arguments last. */
  author?: string;
  /** A grant let it through. What the votes were is read from the store then. */
  grantId?: string;
}

export interface ExecuteInput extends TurnFacts, Recorded {
  call: CallToRun;
  approval?: SignOff;
}

/** `stale`: it was signed off, and holds no longer; nothing ran, and `output` says why. */
export interface Executed {
  outcome: 'executed' | 'failed' | 'stale' | 'unknown';
  output: string;
  /** Of a stale one that people may sign off once more: the policy's verdict, if it is another one now. */
  askAgain?: { verdict?: Extract<Verdict, { kind: 'ask' }> };
  /** Whether its end stands in the record, with all that was to be written before it. */
  record?: Writing;
}

/** A submit without the outputs. */
export type Submission = Pick<SubmitInput, 'run' | 'key' | 'metadata' | 'transcript'>;

export interface ExecuteAndSubmitInput extends ExecuteInput {
  submission: Submission;
  /** A person has changed the arguments, and the model is told so with the output. */
  editNotice?: string;
}

/**
 * What came of a submit: it was answered (`startedAtMs`: when it began, on Temporal's clock), it was refused for good, or nobody
 * knows whether it has arrived, and it may be tried again after `afterMs`.
 */
export type SubmitOutcome =
  | { kind: 'answered'; report: RunReport & Delivery; startedAtMs: number }
  | { kind: 'refused'; type: string; message: string }
  | { kind: 'unknown'; afterMs: number };

export interface ExecutedAndSubmitted extends Executed {
  submit: SubmitOutcome;
}
