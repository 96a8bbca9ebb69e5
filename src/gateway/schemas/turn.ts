import { z } from '@hono/zod-openapi';

import { TURN_STATUSES } from '../../contracts/turn.ts';
import { ApprovalDocument } from './approval.ts';
import { instant } from './common.ts';

/** What the routes answer about turns, conversations and files, for /openapi.json; the compiler checks it against the contracts at every `c.json`. */

const CitationDocument = z
  .object({
    number: z.number().int().openapi({ description: 'The number in the text, as in `[1]`.' }),
    kind: z.enum(['file_citation', 'file_path']),
    fileId: z.string().nullable(),
    filename: z.string().nullable().openapi({ description: 'Null if the file no longer exists.' }),
    quote: z.string().optional(),
  })
  .openapi('Citation');

export const FileDocument = z
  .object({
    fileId: z.string().openapi({ description: 'For `attachments`; valid for this tenant only.' }),
    filename: z.string(),
    bytes: z.number().int(),
  })
  .openapi('File');

export const StartedTurnDocument = z
  .object({ turnId: z.string(), conversationId: z.string(), status: z.enum(TURN_STATUSES) })
  .openapi('StartedTurn');

export const TurnDocument = StartedTurnDocument.extend({
  reply: z.string().optional(),
  citations: z.array(CitationDocument).optional().openapi({ description: 'Footnotes of the reply.' }),
  approvals: z.array(ApprovalDocument),
  run: z.object({ threadId: z.string(), runId: z.string() }).optional(),
  usage: z
    .object({ promptTokens: z.number(), completionTokens: z.number(), totalTokens: z.number() })
    .optional(),
  continuations: z
    .array(z.string())
    .optional()
    .openapi({ description: 'Turns that told the model the results of parked approvals.' }),
  failure: z.object({ type: z.string(), message: z.string() }).optional(),
}).openapi('Turn');

export const ConversationDocument = z
  .object({
    conversationId: z.string(),
    turns: z.array(
      z.object({ turnId: z.string(), status: z.enum(TURN_STATUSES), startedAt: instant().nullable() }),
    ),
  })
  .openapi('Conversation');

export const ConversationsDocument = z
  .object({
    conversations: z.array(z.object({ conversationId: z.string(), startedAt: instant() })),
    more: z.boolean().openapi({ description: 'Whether there are more than the limit allows.' }),
  })
  .openapi('Conversations');

export const MessagesDocument = z
  .object({
    messages: z.array(
      z.object({
        turnId: z.string(),
        role: z.enum(['user', 'assistant']),
        text: z.string(),
        citations: z.array(CitationDocument).optional(),
        at: instant(),
      }),
    ),
  })
  .openapi('Messages');
