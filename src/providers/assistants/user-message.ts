import { setTimeout as sleep } from 'node:timers/promises';

import type OpenAI from 'openai';

import type { RunReference, RunSnapshot } from '../../contracts/run.ts';
import { shown } from '../delivery.ts';
import { ask, isFailure } from '../openai-client.ts';
import { itemsOf } from '../readable.ts';
import { isOver, type AssistantsRun } from './run.ts';

/** The metadata field by which a run, and the message inside its create call, are found again. */
const RUN_KEY = 'countersign_key';
/** The same for a message that was added separately, and for the run after it. */
const SAID_KEY = 'countersign_said';

/** A message that was taken shows within this. */
const SETTLING_MS = 500;

type Said = OpenAI.Beta.Threads.Messages.MessageCreateParams;
type Message = OpenAI.Beta.Threads.Message;

/** What a create call has beside its assistant and its own metadata. */
export interface Extra {
  additional_messages?: Said[];
  metadata: Record<string, string>;
}

/** The parts of the protocol that this file needs. */
interface Runs {
  find(threadId: string, fits: (run: AssistantsRun) => boolean): Promise<RunSnapshot | null>;
  retrieve(run: RunReference): Promise<RunSnapshot>;
  cancel(run: RunReference): Promise<RunSnapshot>;
  refuse(run: RunReference, callIds: string[]): Promise<RunSnapshot>;
}

/**
 * The user's message travels inside the create call. Some servers make the run and silently drop the message. The model then answers an
 * older message. So the first message of a process is looked for. With such a server
 *
 *   the run without a message is ended ─▶ the message is added separately, once ─▶ another run is made
 *
 * and from then on messages are added first. Each step leaves a mark that the next attempt finds. A run with only `RUN_KEY` and no message
 * has lost it. A run that also has `SAID_KEY` has its message.
 */
export function createSpeaker({ beta: { threads } }: OpenAI, runs: Runs) {
  /** Whether the server takes messages inside the create call; undefined until one was looked for. */
  let isTaken: boolean | undefined;

  const userMessages = (threadId: string): Promise<Message[]> =>
    ask('list the messages of the thread', async () => {
      const page = await threads.messages.list(threadId, { order: 'desc', limit: 100 });
      return itemsOf('list the messages of the thread', page)
        .filter(({ role }) => role === 'user')
        .toSorted((one, other) => other.created_at - one.created_at);
    });

  const hasKey = (message: Message, field: string, key?: string): boolean => {
    const found = message.metadata?.[field];
    return key === undefined ? found !== undefined : found === key;
  };

  /** Looks twice: a message that shows late is no message that was dropped. */
  async function isThere(threadId: string, key: string, text: string): Promise<boolean> {
    if (await shows(threadId, key, text)) return true;
    await sleep(SETTLING_MS);
    return shows(threadId, key, text);
  }

  /** A server may drop the key of a message: then the newest one has to be the same. */
  async function shows(threadId: string, key: string, text: string): Promise<boolean> {
    const messages = await userMessages(threadId);
    if (messages.some((message) => hasKey(message, RUN_KEY, key))) return true;
    const [newest] = messages;
    if (newest === undefined || hasKey(newest, RUN_KEY) || hasKey(newest, SAID_KEY)) return false;
    const [part] = newest.content;
    return part?.type === 'text' && part.text.value === text;
  }

  async function addOnce(threadId: string, key: string, said: Said): Promise<void> {
    if ((await userMessages(threadId)).some((message) => hasKey(message, SAID_KEY, key))) return;
    await ask('take the message', () =>
      threads.messages.create(threadId, { ...said, metadata: { [SAID_KEY]: key } }),
    );
  }

  /** Ends a run without words, so that the thread is free. */
  async function abandon(run: RunSnapshot): Promise<void> {
    if (isOver(run.providerStatus)) return;
    try {
      await runs.cancel(run);
    } catch (error) {
      if (!isFailure(error, 'Provider.BadRequest')) throw error;
      const seen = await runs.retrieve(run);
      // Some servers cancel no run that waits for outputs.
      if (seen.state === 'requires_action') {
        const callIds = seen.calls.map(({ toolCallId }) => toolCallId);
        await runs.refuse(run, callIds);
      }
    }
    await shown('the end of the run that lacks its message', async () =>
      isOver((await runs.retrieve(run)).providerStatus) ? true : null,
    );
  }

  return {
    /** @param create - makes the run. */
    async begin(
      { threadId, key, said }: { threadId: string; key: string; said: Said & { content: string } },
      create: (extra: Extra) => Promise<RunSnapshot>,
    ): Promise<RunSnapshot> {
      // Another process may have found out in this thread.
      isTaken ??= (await userMessages(threadId)).some((message) => hasKey(message, SAID_KEY))
        ? false
        : undefined;
      if (isTaken !== false) {
        const marked = { ...said, metadata: { [RUN_KEY]: key } };
        const run = await create({ additional_messages: [marked], metadata: { [RUN_KEY]: key } });
        isTaken ??= await isThere(threadId, key, said.content);
        if (isTaken) return run;
        await abandon(run);
      }
      await addOnce(threadId, key, said);
      return create({ metadata: { [RUN_KEY]: key, [SAID_KEY]: key } });
    },

    /** The run of this key that has its message; one without words is ended, and counts as none. */
    async findRun(threadId: string, key: string, text: string): Promise<RunSnapshot | null> {
      const isOwn = (run: AssistantsRun): boolean => run.metadata?.[RUN_KEY] === key;
      if (isTaken !== true) {
        const said = await runs.find(threadId, (run) => isOwn(run) && run.metadata?.[SAID_KEY] === key);
        if (said !== null) return said;
      }
      const own = await runs.find(threadId, isOwn);
      if (own === null || isTaken === true) return own;
      isTaken = await isThere(threadId, key, text);
      if (isTaken) return own;
      await abandon(own);
      return null;
    },
  };
}
