import { z } from 'zod';

import type { Approval, ShownApproval } from './approval/approval.ts';
import { AttachmentsSchema, type Attachment, type Citation } from './files.ts';
import type { FailureView } from './failures/failures.ts';
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
/** How a turn stands. */
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
/** Trusted data of a turn, for policies and tools. The model cannot change it. */
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

/** One message of a conversation: the payload of update and signal `say`. */
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
  /** The API key that sent it, by its name. */
  startedBy?: string;
}

/** Input of the `turn` workflow. */
export interface TurnInput extends Say {
  tenant: string;
  conversationId: string;
  /** The provider's thread, once the conversation has one, or one that was opened for this turn. */
  threadId?: string;
  /** The thread was opened for this turn, and its conversation does not know it yet. */
  isThreadNew?: boolean;
  /** The transcript so far, if the provider keeps none. */
  transcript?: TranscriptEntry[];
  /** It was cancelled while it was queued. */
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
  /** Turns that told the model the results of this turn's parked approvals. */
  continuations: string[];
  /** The transcript, if the provider keeps none. */
  transcript?: TranscriptEntry[];
}

/** What a turn leaves to its conversation, however it ends. A failed turn carries it in the failure's details. */
export interface TurnRemains {
  threadId?: string;
  transcript?: TranscriptEntry[];
}

/** What readers see of a running turn. */
export interface TurnMemo extends MainMemo {
  /** Each has a memo field of its own (`approvalField`), so that a change writes only one. */
  approvals: Approval[];
}

/** The turn's memo under `countersign`, upserted whenever it changes. */
export interface MainMemo {
  status: TurnStatus;
  run?: RunReference;
  /** For a parked turn: the model has answered, approvals are still open. */
  reply?: string;
  citations?: Citation[];
  continuations?: string[];
}

/** The conversation's memo under `countersign`: its queued turns, written only if there are any. */
export interface ConversationMemo {
  queue: { turnId: string; cancelled: boolean }[];
  /** The turn of the first message: it waits until the conversation's first task is done. */
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
  /** Turns that told the model the results of parked approvals. */
  continuations?: string[];
  failure?: FailureView;
}
