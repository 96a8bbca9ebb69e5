import type { Attachment } from '../../contracts/files.ts';
import type { RunReference, RunSnapshot, ToolOutput } from '../../contracts/run.ts';
import { ASSISTANTS, isOver, parseRun, toSnapshot, type AssistantsRun } from './run.ts';
import { createAssistantFinder } from './find-assistant.ts';
import { newestReply, readMessages } from './messages.ts';
import { createSpeaker } from './user-message.ts';
import { readFileNames, requireFiles } from '../files.ts';
import { deliveryIn, shown } from '../delivery.ts';
import { ask, createOpenAI, type ClientOptions, type OpenAIAnswer } from '../openai-client.ts';
import { createdId } from '../parse-answer.ts';
import type { CreateRun, Provider, SubmitOutputs, Submitted } from '../provider.ts';
import { listed, requireReadable } from '../readable.ts';
import { citedFiles, readContent, toReply } from '../reply.ts';

/** A run that was created moments ago is among the newest; a thread of thousands is not read to its end. */
const RUNS_LOOKED_THROUGH = 500;

/** The Assistants protocol (threads, runs, `requires_action`), spoken through the official `openai` client. */
export function createAssistantsProvider(options: ClientOptions): Provider {
  const openai = createOpenAI(options);
  const { threads } = openai.beta;
  const withAssistant = createAssistantFinder(openai);

  const askForRun = (doing: string, request: () => OpenAIAnswer): Promise<RunSnapshot> =>
    ask(doing, async () => {
      const { data, response } = await request().withResponse();
      requireReadable(doing, data);
      return toSnapshot(parseRun(data), response.headers);
    });

  const retrieveRun = ({ threadId, runId }: RunReference): Promise<RunSnapshot> =>
    askForRun('show the run', () => threads.runs.retrieve(runId, { thread_id: threadId }));

  /** The newest run of the thread that fits, as a fresh look shows it. */
  async function findAmongRuns(
    threadId: string,
    fits: (run: AssistantsRun) => boolean,
  ): Promise<RunSnapshot | null> {
    const doing = 'list the runs of the thread';
    const runId = await ask(doing, async () => {
      let looked = 0;
      for await (const item of listed(doing, threads.runs.list(threadId, { limit: 100, order: 'desc' }))) {
        const run = parseRun(item);
        if (fits(run)) return run.id;
        if ((looked += 1) >= RUNS_LOOKED_THROUGH) break;
      }
      return null;
    });
    return runId === null ? null : retrieveRun({ threadId, runId });
  }

  /** Its steps tell whether the outputs have reached the run. */
  async function haveArrived(run: RunReference, outputs: readonly ToolOutput[]): Promise<boolean> {
    const arrived = new Set((await deliveredOutputs(run)).map(({ toolCallId }) => toolCallId));
    return outputs.every(({ toolCallId }) => arrived.has(toolCallId));
  }

  /** The outputs that have reached the run: the proof that a submit arrived. */
  const deliveredOutputs = ({ threadId, runId }: RunReference): Promise<ToolOutput[]> =>
    ask('list the steps of the run', async () => {
      const outputs: ToolOutput[] = [];
      const steps = threads.runs.steps.list(runId, { thread_id: threadId, limit: 100 });
      for await (const step of listed('list the steps of the run', steps)) {
        if (step.step_details.type !== 'tool_calls') continue;
        for (const call of step.step_details.tool_calls) {
          if (call.type !== 'function' || call.function.output === null) continue;
          outputs.push({ toolCallId: call.id, output: call.function.output });
        }
      }
      return outputs;
    });

  const submit = ({ threadId, runId }: RunReference, outputs: ToolOutput[]): Promise<RunSnapshot> =>
    askForRun('take the tool outputs', () =>
      threads.runs.submitToolOutputs(runId, {
        thread_id: threadId,
        tool_outputs: outputs.map(({ toolCallId, output }) => ({ tool_call_id: toolCallId, output })),
      }),
    );

  const cancelRun = ({ threadId, runId }: RunReference): Promise<RunSnapshot> =>
    askForRun('cancel the run', () => threads.runs.cancel(runId, { thread_id: threadId }));

  const speaker = createSpeaker(openai, {
    ...{ find: findAmongRuns, retrieve: retrieveRun, cancel: cancelRun },
    refuse: (run, callIds) =>
      submit(
        run,
        callIds.map((toolCallId) => ({ toolCallId, output: 'Not carried out. Do not proceed.' })),
      ),
  });

  return {
    protocol: 'assistants',
    isStateless: false,

    openThread: ({ metadata }) =>
      ask('open a thread', async () =>
        createdId(await threads.create({ metadata }), { what: 'a thread', speaks: ASSISTANTS }),
      ),

    findRun: ({ threadId, key, message }) => speaker.findRun(threadId, key, message),

    findActiveRun: (threadId) => findAmongRuns(threadId, (run) => !isOver(run.status)),

    createRun: async ({ threadId, assistant, key, message, attachments = [], metadata }: CreateRun) => {
      await requireFiles(openai, attachments);
      const said = {
        role: 'user' as const,
        content: message,
        ...(attachments.length > 0 && { attachments: attachments.map(toAttachment) }),
      };
      return withAssistant(assistant, (assistant_id) =>
        speaker.begin({ threadId, key, said }, ({ metadata: marks, ...extra }) =>
          askForRun('create the run', () =>
            threads.runs.create(threadId, {
              ...{ assistant_id, ...extra },
              metadata: { ...metadata, ...marks },
            }),
          ),
        ),
      );
    },

    retrieveRun,

    submitOutputs: ({ run, outputs }: SubmitOutputs) => submit(run, outputs),

    findSubmitted: ({ run, outputs }: SubmitOutputs) =>
      shown('whether the outputs have arrived', async (): Promise<Submitted | 'waiting' | null> => {
        const seen = await retrieveRun(run);
        const delivery = deliveryIn(seen, outputs);
        if (delivery === 'waiting') return delivery;
        if (delivery === 'delivered') return { seen, isDelivered: true };
        const isDelivered = await haveArrived(run, outputs);
        return isDelivered || delivery === 'ended' ? { seen, isDelivered } : null;
      }).then((found) => (found === 'waiting' ? null : found)),

    cancelRun,

    readMessages: (run: RunReference) => readMessages(openai, run),

    readReply: ({ threadId, runId }: RunReference) =>
      ask('list the messages of the thread', async () => {
        const newest = await newestReply(openai, { threadId, runId });
        const parts = readContent(newest?.content ?? []);
        return toReply(parts, await readFileNames(openai, citedFiles(parts)), { threadId, runId });
      }),
  };
}

function toAttachment({ fileId, tools }: Required<Attachment>) {
  return { file_id: fileId, tools: tools.map((type) => ({ type })) };
}
