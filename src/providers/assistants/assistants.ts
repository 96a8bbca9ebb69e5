import { createHash } from 'node:crypto';

import type { Attachment } from '../../contracts/files.ts';
import type { RunReference, RunSnapshot, ToolOutput } from '../../contracts/run.ts';
import { ASSISTANTS, isOver, parseRun, toSnapshot, type AssistantsRun } from './run.ts';
import { builtInResources, builtInTools } from './tools.ts';
import { readFileNames, requireFiles } from '../files.ts';
import { ask, createOpenAI, type ClientOptions, type OpenAIAnswer } from '../openai-client.ts';
import { createdId } from '../parse-answer.ts';
import type { AssistantSpec, CreateRun, Provider, SubmitOutputs, Submitted } from '../provider.ts';
import { citedFiles, readContent, toReply } from '../reply.ts';

/** Metadata fields of what we create at the provider, by which it is found again. */
const RUN_KEY = 'countersign_key';
const ASSISTANT_KEY = 'countersign_assistant';

/** A run that was created moments ago is among the newest; a thread of thousands is not read to its end. */
const RUNS_LOOKED_THROUGH = 500;

/** The Assistants protocol (threads, runs, `requires_action`), spoken through the official `openai` client. */
export function createAssistantsProvider(options: ClientOptions): Provider {
  const openai = createOpenAI(options);
  const { assistants, threads } = openai.beta;
  const assistantIds = new Map<string, Promise<string>>();

  const askForRun = (doing: string, request: () => OpenAIAnswer): Promise<RunSnapshot> =>
    ask(doing, async () => {
      const { data, response } = await request().withResponse();
      return toSnapshot(parseRun(data), response.headers);
    });

  /** The provider's id of an assistant: found by its key, which changes with the definition, or created. */
  function assistantId(spec: AssistantSpec): Promise<string> {
    const definition = JSON.stringify(definitionOf(spec));
    const key = `${spec.name}:${createHash('sha256').update(definition).digest('hex').slice(0, 32)}`;
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
    const { tools, name, model, instructions } = definitionOf(spec);
    const created = await assistants.create({
      ...{ name, model, instructions },
      tools: [...builtInTools(spec), ...tools.map((tool) => ({ type: 'function' as const, function: tool }))],
      ...builtInResources(spec),
      metadata: { [ASSISTANT_KEY]: key },
    });
    return createdId(created, { what: 'an assistant', speaks: ASSISTANTS });
  }

  const retrieveRun = ({ threadId, runId }: RunReference): Promise<RunSnapshot> =>
    askForRun('show the run', () => threads.runs.retrieve(runId, { thread_id: threadId }));

  /** The newest run of the thread that fits, as a fresh look shows it. */
  async function findAmongRuns(
    threadId: string,
    fits: (run: AssistantsRun) => boolean,
  ): Promise<RunSnapshot | null> {
    const runId = await ask('list the runs of the thread', async () => {
      let looked = 0;
      for await (const listed of threads.runs.list(threadId, { limit: 100, order: 'desc' })) {
        const run = parseRun(listed);
        if (fits(run)) return run.id;
        if ((looked += 1) >= RUNS_LOOKED_THROUGH) break;
      }
      return null;
    });
    return runId === null ? null : retrieveRun({ threadId, runId });
  }

  /** The run waits for our outputs no more: because it has them, or because it ended without. Its steps tell. */
  async function proveDelivery(seen: RunSnapshot, outputs: ToolOutput[]): Promise<Submitted> {
    if (!isOver(seen.providerStatus) || seen.state === 'completed') return { seen, isDelivered: true };
    const arrived = new Set((await deliveredOutputs(seen)).map(({ toolCallId }) => toolCallId));
    return { seen, isDelivered: outputs.every(({ toolCallId }) => arrived.has(toolCallId)) };
  }

  /** The outputs that have reached the run: the proof that a submit arrived. */
  const deliveredOutputs = ({ threadId, runId }: RunReference): Promise<ToolOutput[]> =>
    ask('list the steps of the run', async () => {
      const outputs: ToolOutput[] = [];
      for await (const step of threads.runs.steps.list(runId, { thread_id: threadId, limit: 100 })) {
        if (step.step_details.type !== 'tool_calls') continue;
        for (const call of step.step_details.tool_calls) {
          if (call.type !== 'function' || call.function.output === null) continue;
          outputs.push({ toolCallId: call.id, output: call.function.output });
        }
      }
      return outputs;
    });

  return {
    protocol: 'assistants',
    isStateless: false,

    openThread: ({ metadata }) =>
      ask('open a thread', async () =>
        createdId(await threads.create({ metadata }), { what: 'a thread', speaks: ASSISTANTS }),
      ),

    findRun: ({ threadId, key }) => findAmongRuns(threadId, (run) => run.metadata?.[RUN_KEY] === key),

    findActiveRun: (threadId) => findAmongRuns(threadId, (run) => !isOver(run.status)),

    createRun: async ({ threadId, assistant, key, message, attachments = [], metadata }: CreateRun) => {
      await requireFiles(openai, attachments);
      const assistant_id = await ask('find or create the assistant', () => assistantId(assistant));
      return askForRun('create the run', () =>
        threads.runs.create(threadId, {
          assistant_id,
          additional_messages: [
            {
              role: 'user',
              content: message,
              ...(attachments.length > 0 && { attachments: attachments.map(toAttachment) }),
            },
          ],
          metadata: { ...metadata, [RUN_KEY]: key },
        }),
      );
    },

    retrieveRun,

    submitOutputs: ({ run: { threadId, runId }, outputs }: SubmitOutputs) =>
      askForRun('take the tool outputs', () =>
        threads.runs.submitToolOutputs(runId, {
          thread_id: threadId,
          tool_outputs: outputs.map(({ toolCallId, output }) => ({ tool_call_id: toolCallId, output })),
        }),
      ),

    findSubmitted: async ({ run, outputs }: SubmitOutputs) => {
      const seen = await retrieveRun(run);
      return isWaitingFor(seen, outputs) ? null : proveDelivery(seen, outputs);
    },

    cancelRun: ({ threadId, runId }: RunReference) =>
      askForRun('cancel the run', () => threads.runs.cancel(runId, { thread_id: threadId })),

    readReply: ({ threadId, runId }: RunReference) =>
      ask('list the messages of the thread', async () => {
        const { data } = await threads.messages.list(threadId, { run_id: runId, order: 'desc', limit: 20 });
        // Some servers ignore the filter, and the order.
        const newest = data
          .filter((message) => message.role === 'assistant' && message.run_id === runId)
          .reduce<(typeof data)[number] | undefined>(
            (latest, message) => (latest && latest.created_at >= message.created_at ? latest : message),
            undefined,
          );
        const parts = readContent(newest?.content ?? []);
        return toReply(parts, await readFileNames(openai, citedFiles(parts)), { threadId, runId });
      }),
  };
}

/** What of an assistant this protocol knows; what other protocols look at makes no other assistant of it. */
function definitionOf({ name, model, instructions, tools, builtInTools }: AssistantSpec) {
  return {
    ...{ name, model, instructions },
    tools: tools.map((tool) => ({
      ...{ name: tool.name, description: tool.description, parameters: tool.parameters },
    })),
    ...(builtInTools && { builtInTools }),
  };
}

function isWaitingFor(seen: RunSnapshot, outputs: ToolOutput[]): boolean {
  if (seen.state !== 'requires_action') return false;
  const answered = new Set(outputs.map(({ toolCallId }) => toolCallId));
  return (
    seen.calls.length === answered.size && seen.calls.every(({ toolCallId }) => answered.has(toolCallId))
  );
}

function toAttachment({ fileId, tools }: Required<Attachment>) {
  return { file_id: fileId, tools: tools.map((type) => ({ type })) };
}
