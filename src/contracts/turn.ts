import { z } from 'zod';

import type { Approval, ShownApproval } from './approval.ts';
import { AttachmentsSchema, type Attachment, type Citation } from './files.ts';
import type { FailureView } from './failures.ts';
import {
  CONTEXT_BYTES,
  MESSAGE_BYTES,
  MESSAGE_CHARACTERS,
  METADATA_KEY_CHARACTERS,
  METADATA_PAIRS,
  METADATA_VALUE_CHARACTERS,
} from './limits.ts';
import type { RunReference, Usage } from './run.ts';
import { atMostBytes, atMostCharacters, tooMuch } from './too-large.ts';
import type { TranscriptEntry } from './transcript.ts';

export const TURN_STATUSES = [
  'queued',
  'running',
  'awaiting_decision',
  'parked',
  'completed',
  'failed',
  'cancelled',
  'expired',
] as const;
export type TurnStatus = (typeof TURN_STATUSES)[number];

/** Statuses a turn never leaves. */
export const FINAL_TURN_STATUSES: ReadonlySet<TurnStatus> = new Set([
  'completed',
  'failed',
  'cancelled',
  'expired',
]);

/**
 * Who the turn acts for, given by the service and trusted: tools read tenant and user from here, never from the model's
 * arguments. `tenant` is added from the credential. Other fields are the application's own.
 */
const TurnContextSchema = z.looseObject({
  user: z.string().min(1).max(200).optional(),
});
export type TurnContext = { tenant: string; user?: string } & Record<string, unknown>;

/** The body of `POST /v1/conversations/{conversationId}/turns`. */
export const TurnBodySchema = z.strictObject({
  message: atMostCharacters(MESSAGE_CHARACTERS)
    .min(1, 'must not be empty')
    .superRefine(atMostBytes(MESSAGE_BYTES)),
  assistant: z.string().min(1).max(64).optional(),
  context: TurnContextSchema.superRefine(atMostBytes(CONTEXT_BYTES)).optional(),
  attachments: AttachmentsSchema.optional(),
  metadata: z
    .record(z.string().max(METADATA_KEY_CHARACTERS), atMostCharacters(METADATA_VALUE_CHARACTERS))
    .superRefine((pairs, context) => {
      const count = Object.keys(pairs).length;
      if (count > METADATA_PAIRS) context.addIssue(tooMuch(count, METADATA_PAIRS, 'pairs'));
    })
    .optional(),
});

/** One message said in a conversation: the payload of update and signal `say`. */
export interface Say {
  /** The conversation's id, a dot, and 12 to 32 lower-case letters or digits. */
  turnId: string;
  /** Of the request that came with an idempotency key. */
  bodyDigest?: string;
  /** The user of the context as the index of conversations has it. */
  userKey?: string;
  /** What the user says. */
  message: string;
  /** The assistant's name; the application's first one when absent. */
  assistant?: string;
  /** What tools and policies may trust, with the tenant. */
  context: TurnContext;
  /** By the provider's ids. */
  attachments?: Attachment[];
  /** Pairs for the run at the provider. */
  metadata?: Record<string, string>;
}

/** Input of the `turn` workflow. */
export interface TurnInput extends Say {
  tenant: string;
  conversationId: string;
  /** The provider's thread, once the conversation has one, or one that was opened for this turn. */
  threadId?: string;
  /** The thread was opened for this turn: its conversation does not know it yet. */
  isThreadNew?: boolean;
  /** What was said before, when the provider keeps nothing itself. */
  transcript?: TranscriptEntry[];
  /** It was cancelled while it stood in the queue. */
  cancelled?: boolean;
}

/** Result of the `turn` workflow, and details of its failure. */
export interface TurnResult {
  status: 'completed';
  reply: string;
  citations?: Citation[];
  threadId: string;
  run: RunReference;
  usage?: Usage;
  approvals: Approval[];
  /** Turns that told the model what became of approvals which this turn had parked. */
  continuations: string[];
  /** When the provider keeps none itself. */
  transcript?: TranscriptEntry[];
}

/** What a turn leaves to its conversation however it ends; in a failed one it stands beside failure type and message. */
export interface TurnRemains {
  threadId?: string;
  transcript?: TranscriptEntry[];
}

/** What the outside may know of a turn while it runs. */
export interface TurnMemo extends MainMemo {
  /** Each stands in a memo field of its own (`approvalField`), so that a change costs one of them. */
  approvals: Approval[];
}

/** What the turn's memo holds under `countersign`, upserted whenever it changes. */
export interface MainMemo {
  status: TurnStatus;
  run?: RunReference;
  /** Of a parked turn: the model has answered, approvals are still open. */
  reply?: string;
  citations?: Citation[];
  continuations?: string[];
}

/** What the conversation's memo holds under `countersign`: turns that wait for their turn, written only when some do. */
export interface ConversationMemo {
  queue: { turnId: string; cancelled: boolean }[];
  /** The turn whose message it was started with: it waits until the conversation's first task is done. */
  first?: string;
}

/** `GET /v1/turns/{turnId}`. */
export interface TurnView {
  turnId: string;
  conversationId: string;
  status: TurnStatus;
  reply?: string;
  /** Footnotes of the reply. */
  citations?: Citation[];
  approvals: ShownApproval[];
  run?: RunReference;
  usage?: Usage;
  /** Turns that told the model what became of parked approvals. */
  continuations?: string[];
  failure?: FailureView;
}
