import { ApplicationFailure } from '@temporalio/common';

import { CHAIN, type RunReference, type RunSnapshot } from '../../contracts/run.ts';
import type { ToolCall } from '../../contracts/tool-call.ts';
import { ask, createOpenAI, type ClientOptions, type OpenAIAnswer } from '../openai-client.ts';
import { isBadRequest } from '../openai-errors.ts';
import type { AssistantSpec, CreateRun, Provider, SubmitOutputs, Submitted } from '../provider.ts';
import { createdId } from '../parse-answer.ts';
import { listed, requireReadable } from '../readable.ts';
import { KEY_FIELD, parseItems, RESPONSES, toSnapshot } from './body.ts';
import { openCallsOf, type Item } from './items.ts';
import { abandoned, opening, toAnswers, toTools } from './request.ts';
import { isRiddle, isTrail, readTrail, trailOfMessage, trailOfOutputs } from './trail.ts';

/** The thread of a chain before its first response: `previous_response_id` has nothing to name yet. */
const CHAIN_START = CHAIN;

const isChain = (threadId: string): boolean => threadId.startsWith(CHAIN);
/** The newest response of a chain; '' when it has none yet. */
const newestOf = (chain: string): string => chain.slice(CHAIN.length);

const SHOW = 'show the response';

const NO_CONVERSATIONS =
  "A server without /conversations is spoken to with defineAssistant({ responses: { state: 'previous_response' } }). If it should have them, check OPENAI_BASE_URL and COUNTERSIGN_PROVIDER.";

/** What is looked for was sent moments ago: a conversation of thousands of items is not read to its beginning. */
const ITEMS_LOOKED_THROUGH = 500;

/**
 * The Responses protocol, in the background: a response that calls functions is completed, and what comes of the calls is the
 * input of the next one. So a turn is a row of responses, and each of them is a run to us.
 *
 *   conversation       thread `conv_…`, the same for good; lost requests are found by the items they have left there
 *   previous response  thread `previous_response:` and the id of the newest response that was taken; it moves with every run, and a
 *                      lost request cannot be found: it is sent again, and what the lost one led to is ignored
 *
 * Which of the two a conversation is the thread itself says. What an id looks like at the server, and what a response repeats of
 * its request, says nothing: other servers have other ids, and leave fields out.
 */
export function createResponsesProvider(options: ClientOptions): Provider {
  const openai = createOpenAI(options);

  /** @param threadId - the thread the request was made in. */
  const askForRun = (doing: string, threadId: string, request: () => OpenAIAnswer): Promise<RunSnapshot> =>
    ask(doing, async () => {
      const { data, response } = await request().withResponse();
      // What was to be made is checked as a response: a server of another kind is named at once.
      if (doing === SHOW) requireReadable(doing, data);
      return toSnapshot(data, response.headers, ({ id, status }) => {
        // Only what has come to its end can be gone on from.
        const isEnd = status === 'completed' || status === 'incomplete';
        return isChain(threadId) && isEnd ? `${CHAIN}${id}` : threadId;
      });
    });

  /** The newest items of a conversation, oldest first. */
  const newestItems = (threadId: string): Promise<Item[]> =>
    ask('list the items of the conversation', async () => {
      const items: unknown[] = [];
      const list = openai.conversations.items.list(threadId, { limit: 100, order: 'desc' });
      for await (const item of listed('list the items of the conversation', list)) {
        items.push(item);
        if (items.length >= ITEMS_LOOKED_THROUGH) break;
      }
      return parseItems(items.toReversed());
    });

  function create(
    doing: string,
    request: { threadId: string; key: string; assistant: AssistantSpec; metadata: Record<string, string> },
    input: ReturnType<typeof opening>,
  ): Promise<RunSnapshot> {
    const { threadId, key, assistant, metadata } = request;
    const { model, instructions } = assistant;
    return askForRun(doing, threadId, () =>
      openai.responses.create({
        model,
        // Not carried over from one response to the next.
        instructions,
        input,
        tools: toTools(assistant),
        background: true,
        store: true,
        metadata: { ...metadata, [KEY_FIELD]: key },
        ...place(threadId),
      }),
    );
  }

  async function retrieveRun({ threadId, runId }: RunReference): Promise<RunSnapshot> {
    if (!isTrail(runId)) return askForRun(SHOW, threadId, () => openai.responses.retrieve(runId));
    const seen = readTrail(await newestItems(threadId), { threadId, runId });
    if (seen !== null) return seen;
    throw ApplicationFailure.create({
      type: 'Provider.NotFound',
      message: `The conversation ${threadId} no longer has the items of the run ${runId} among its newest ${ITEMS_LOOKED_THROUGH}.`,
      nonRetryable: true,
    });
  }

  /** Calls of an earlier turn that nobody has answered: the conversation takes no message before that. */
  async function openCalls(threadId: string): Promise<ToolCall[]> {
    if (threadId === CHAIN_START) return [];
    if (isChain(threadId)) {
      const seen = await retrieveRun({ threadId, runId: newestOf(threadId) });
      return seen.state === 'requires_action' ? seen.calls : [];
    }
    return openCallsOf(await newestItems(threadId));
  }

  return {
    protocol: 'responses',
    isStateless: false,

    openThread: ({ metadata, assistant }) =>
      assistant.responses?.state === 'previous_response'
        ? Promise.resolve(CHAIN_START)
        : ask(
            'open a conversation',
            async () => {
              const created = await openai.conversations.create({ metadata });
              return createdId(created, { what: 'a conversation', speaks: RESPONSES });
            },
            { 404: NO_CONVERSATIONS, 405: NO_CONVERSATIONS },
          ),

    findRun: async ({ threadId, key }: CreateRun) => {
      if (isChain(threadId)) return null;
      return readTrail(await newestItems(threadId), { threadId, runId: trailOfMessage(key) });
    },

    // A busy conversation refuses by itself, and names no response.
    findActiveRun: () => Promise.resolve(null),

    createRun: async (request: CreateRun) => {
      const input = opening(request.key, request.message);
      try {
        return await create('create the response', request, input);
      } catch (error) {
        if (!isBadRequest(error)) throw error;
        const calls = await openCalls(request.threadId);
        if (calls.length === 0) throw error;
        return await create('create the response', request, [...abandoned(calls), ...input]);
      }
    },

    retrieveRun,

    submitOutputs: ({ run, outputs, ...request }: SubmitOutputs) =>
      create('take the tool outputs', { ...request, threadId: run.threadId }, toAnswers(outputs)),

    findSubmitted: async ({ run: { threadId }, outputs, key }: SubmitOutputs): Promise<Submitted | null> => {
      const [first] = outputs;
      if (isChain(threadId) || first === undefined) return null;
      const items = await newestItems(threadId);
      if (isRiddle(items, first.toolCallId)) throw cannotTell(first.toolCallId);
      const seen = readTrail(items, { threadId, runId: trailOfOutputs(key, first.toolCallId) });
      return seen === null ? null : { seen, isDelivered: true };
    },

    cancelRun: (run: RunReference) => {
      // Its items are there, so it is over; and 400 is what the provider says to the cancel of one that is.
      if (isTrail(run.runId)) throw alreadyOver(run);
      return askForRun('cancel the response', run.threadId, () => openai.responses.cancel(run.runId));
    },

    // Every look at a response that is completed shows its reply.
    readReply: () => Promise.resolve({ reply: '' }),
  };
}

/** Where a response goes on from. */
function place(threadId: string): { conversation?: string; previous_response_id?: string } {
  if (threadId === CHAIN_START) return {};
  return isChain(threadId) ? { previous_response_id: newestOf(threadId) } : { conversation: threadId };
}

function cannotTell(callId: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'Provider.UnexpectedAnswer',
    message: `The server has named several calls of one turn "${callId}", so whether the outputs of the last one have arrived cannot be told, and they are not sent again. Ids of calls must differ within a conversation; a server that repeats them is spoken to with defineAssistant({ responses: { state: 'previous_response' } }).`,
    nonRetryable: true,
  });
}

function alreadyOver({ runId }: RunReference): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'Provider.BadRequest',
    message: `The run ${runId} is over, so it cannot be cancelled.`,
    nonRetryable: true,
  });
}
