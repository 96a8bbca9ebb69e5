import type { Client } from '@temporalio/client';

import type { Say } from '../contracts/turn.ts';
import { say, sayNow } from '../workflows/messages.ts';
import { ignoreNotFound } from './read-turn.ts';
import { eventsBackwards, firstArgument, messageOf } from './sent-messages.ts';

const NAMES = { signal: say.name, update: sayNow.name };

/** What a conversation begins with, as far as it tells which messages it has heard (workflows/conversation.ts, heard.ts). */
interface Opening {
  first?: Say;
  carried?: { queue?: Say[]; bodies?: Record<string, string> };
}

/**
 * Whether the conversation has heard, or keeps for a worker, another message under this message's turn id. It would drop this one
 * and, asked by signal, tell nobody. Needs no worker; known as far as the conversation's latest run remembers.
 */
export async function isOtherLeft(client: Client, workflowId: string, message: Say): Promise<boolean> {
  const { turnId, bodyDigest } = message;
  if (bodyDigest === undefined) return false; // without a key the id is new
  const conversation = await client.workflow.getHandle(workflowId).describe().catch(ignoreNotFound);
  if (conversation?.status.name !== 'RUNNING') return false;
  /** Of the oldest one: that is the one which counts. */
  let known: string | undefined;
  for await (const event of eventsBackwards(client, workflowId)) {
    const left = messageOf(client, event, NAMES) as Say | null | undefined;
    if (left?.turnId === turnId) known = left.bodyDigest;
    const began = event.workflowExecutionStartedEventAttributes;
    if (began) known = heardBefore(firstArgument(client, began.input) as Opening, turnId) ?? known;
  }
  return known !== undefined && known !== bodyDigest;
}

function heardBefore({ first, carried }: Opening, turnId: string): string | undefined {
  const waiting = [first, ...(carried?.queue ?? [])].find((message) => message?.turnId === turnId);
  return waiting?.bodyDigest ?? carried?.bodies?.[turnId.slice(turnId.lastIndexOf('.') + 1)];
}
