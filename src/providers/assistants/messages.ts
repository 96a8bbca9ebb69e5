import type OpenAI from 'openai';

import type { MessageFacts, RunMessages } from '../../contracts/interaction-log/interaction.ts';
import type { RunReference } from '../../contracts/run.ts';
import { ask } from '../openai-client.ts';
import { itemsOf } from '../readable.ts';

type Message = OpenAI.Beta.Threads.Message;

const DOING = 'list the messages of the thread';
/** A run's messages are among the newest of its thread: no other run began before it ended. */
const NEWEST = 20;

/** The newest message of the assistant that the run has written. Some servers ignore the filter, and the order. */
export async function newestReply(
  { beta: { threads } }: OpenAI,
  { threadId, runId }: RunReference,
): Promise<Message | undefined> {
  const page = await threads.messages.list(threadId, { run_id: runId, order: 'desc', limit: NEWEST });
  return newest(itemsOf(DOING, page).filter((message) => isOf(message, runId)));
}

/** The message a run was made with, and its reply, as the provider keeps them. */
export function readMessages(
  { beta: { threads } }: OpenAI,
  { threadId, runId }: RunReference,
): Promise<RunMessages> {
  return ask(DOING, async () => {
    const page = await threads.messages.list(threadId, { order: 'desc', limit: NEWEST });
    const newestFirst = itemsOf(DOING, page).toSorted((one, other) => other.created_at - one.created_at);
    const at = newestFirst.findIndex((message) => isOf(message, runId));
    const reply = newestFirst[at];
    const said = at === -1 ? undefined : newestFirst.slice(at + 1).find(({ role }) => role === 'user');
    return { request: toFacts(said), response: toFacts(reply) };
  });
}

function isOf({ role, run_id }: Message, runId: string): boolean {
  return role === 'assistant' && run_id === runId;
}

function newest(messages: readonly Message[]): Message | undefined {
  return messages.reduce<Message | undefined>(
    (latest, message) => (latest && latest.created_at >= message.created_at ? latest : message),
    undefined,
  );
}

function toFacts(message: Message | undefined): MessageFacts | null {
  if (message === undefined) return null;
  const { id, assistant_id, created_at } = message;
  const { attachments, metadata } = message as {
    attachments?: unknown[] | null;
    metadata?: MessageFacts['metadata'] | null;
  };
  return {
    id,
    assistantId: assistant_id,
    createdAtSeconds: created_at,
    attachments: attachments ?? [],
    metadata: metadata ?? {},
  };
}
