import { createHash } from 'node:crypto';

import OpenAI from 'openai';

import type { RunReference, RunSnapshot, ToolOutput } from '../contracts/run.ts';
import { parseRun, toSnapshot } from './assistants-run.ts';
import { toFailure } from './openai-errors.ts';
import type { AssistantSpec, CreateRun, Provider } from './provider.ts';

/** Metadata fields of what we create at the provider, by which it is found again. */
const RUN_KEY = 'countersign_key';
const ASSISTANT_KEY = 'countersign_assistant';

/** One request's limit. The activity around it allows more, so that the provider's silence is told apart from ours. */
const REQUEST_TIMEOUT_MS = 20_000;

export interface AssistantsOptions {
  apiKey: string;
  baseURL?: string | undefined;
}

/** The Assistants protocol (threads, runs, `requires_action`), spoken through the official `openai` client. */
export function createAssistantsProvider({ apiKey, baseURL }: AssistantsOptions): Provider {
  const openai = new OpenAI({
    apiKey,
    baseURL,
    // Temporal owns every retry: the client would repeat POSTs silently and make one run three.
    maxRetries: 0,
    timeout: REQUEST_TIMEOUT_MS,
  });
  const { assistants, threads } = openai.beta;
  const assistantIds = new Map<string, Promise<string>>();

  async function ask<T>(doing: string, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw toFailure(error, doing);
    }
  }

  const askForRun = (doing: string, request: () => OpenAIAnswer): Promise<RunSnapshot> =>
    ask(doing, async () => {
      const { data, response } = await request().withResponse();
      return toSnapshot(parseRun(data), response.headers);
    });

  /** The provider's id of an assistant: found by its key, which changes with the definition, or created. */
  function assistantId(spec: AssistantSpec): Promise<string> {
    const key = `${spec.name}:${createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 32)}`;
    let id = assistantIds.get(key);
    if (id === undefined) {
      id = findOrCreateAssistant(spec, key);
      assistantIds.set(key, id);
      id.catch(() => assistantIds.delete(key)); // a failed look-up is tried anew with the next run
    }
    return id;
  }

  async function findOrCreateAssistant(spec: AssistantSpec, key: string): Promise<string> {
    for await (const assistant of assistants.list({ limit: 100 })) {
      if (assistant.metadata?.[ASSISTANT_KEY] === key) return assistant.id;
    }
    const { id } = await assistants.create({
      name: spec.name,
      model: spec.model,
      instructions: spec.instructions,
      tools: spec.tools.map((tool) => ({ type: 'function', function: tool })),
      metadata: { [ASSISTANT_KEY]: key },
    });
    return id;
  }

  return {
    openThread: (metadata) => ask('open a thread', async () => (await threads.create({ metadata })).id),

    findRun: (threadId, key) =>
      ask('list the runs of the thread', async () => {
        const { data, response } = await threads.runs
          .list(threadId, { limit: 100, order: 'desc' })
          .withResponse();
        const found = data.data.map(parseRun).find((run) => run.metadata?.[RUN_KEY] === key);
        return found === undefined ? null : toSnapshot(found, response.headers);
      }),

    createRun: async ({ threadId, assistant, key, message, metadata }: CreateRun) => {
      const assistant_id = await ask('find or create the assistant', () => assistantId(assistant));
      return askForRun('create the run', () =>
        threads.runs.create(threadId, {
          assistant_id,
          additional_messages: [{ role: 'user', content: message }],
          metadata: { ...metadata, [RUN_KEY]: key },
        }),
      );
    },

    retrieveRun: ({ threadId, runId }: RunReference) =>
      askForRun('show the run', () => threads.runs.retrieve(runId, { thread_id: threadId })),

    submitOutputs: ({ threadId, runId }: RunReference, outputs: ToolOutput[]) =>
      askForRun('take the tool outputs', () =>
        threads.runs.submitToolOutputs(runId, {
          thread_id: threadId,
          tool_outputs: outputs.map(({ toolCallId, output }) => ({ tool_call_id: toolCallId, output })),
        }),
      ),

    cancelRun: ({ threadId, runId }: RunReference) =>
      askForRun('cancel the run', () => threads.runs.cancel(runId, { thread_id: threadId })),

    readReply: ({ threadId, runId }: RunReference) =>
      ask('list the messages of the thread', async () => {
        const { data } = await threads.messages.list(threadId, { run_id: runId, order: 'desc', limit: 20 });
        // Some servers ignore the run_id filter.
        const newest = data.find((message) => message.role === 'assistant' && message.run_id === runId);
        return (newest?.content ?? [])
          .flatMap((part) => (part.type === 'text' ? [part.text.value] : []))
          .join('\n\n');
      }),
  };
}

/** What the client returns for a run: a promise that also gives the raw answer. */
interface OpenAIAnswer {
  withResponse(): Promise<{ data: unknown; response: Response }>;
}
