import type { ReviewedCall } from '../contracts/approval/review.ts';
import type { RunReport, ToolOutput } from '../contracts/run.ts';
import type { Earlier } from './earlier.ts';
import type {
  Actor,
  InteractionProtocol,
  LoggedCall,
  LoggedOutput,
  MessageFacts,
  ModelInteraction,
  RunMessages,
  ToolInteraction,
} from '../contracts/interaction-log/interaction.ts';
import type {
  CreateRunInput,
  ExecuteInput,
  Executed,
  SubmitInput,
  TurnFacts,
  WatchInput,
} from '../contracts/steps.ts';
import type { Redactor } from './redact.ts';

/** What is looked up of an application. */
export interface LoggedApp {
  readonly assistants: readonly LoggedAssistant[];
}

interface LoggedAssistant {
  readonly name: string;
  readonly model: string;
  readonly tools: readonly { readonly name: string }[];
}

/** How an activity came out, and when. */
export type Seen<Result> = { startedAtMs: number; endedAtMs: number } & (
  { result: Result } | { error: { type: string } }
);

/** Makes interactions of what activities were given and what came of it. What a text may say is the redactor's affair. */
export function createRecorder({
  app,
  protocol,
  redactor,
}: {
  app: LoggedApp;
  protocol: InteractionProtocol;
  redactor: Redactor;
}) {
  const { content, fields } = redactor;

  return {
    /** A message that began a run. */
    message(input: CreateRunInput, seen: Seen<RunReport>): ModelInteraction | null {
      return model(input, seen, {
        step: 'message',
        threadId: input.threadId,
        runStartedAtMs: seen.startedAtMs,
        message: content(input.message),
      });
    },

    /** Tool outputs that let a run go on. */
    outputs(input: SubmitInput, seen: Seen<RunReport>, earlier: Earlier): ModelInteraction | null {
      return model(input, seen, {
        ...begun(input, earlier, seen.startedAtMs),
        ...answered(earlier.calls, input.outputs),
      });
    },

    /** The end of a wait for an answer. Its request lies further back; null when the answer has been told before. */
    followed(input: WatchInput, seen: Seen<RunReport>, earlier: Earlier): ModelInteraction | null {
      const { request } = earlier;
      if (request?.isAnswered) return null; // the turn only looked again
      const startedAtMs = request?.startedAtMs ?? seen.startedAtMs;
      const started = { ...seen, startedAtMs };
      const common = begun(input, earlier, startedAtMs);
      return request?.outputs === undefined
        ? model(input, started, { ...common, step: 'message' })
        : model(input, started, { ...common, ...answered(earlier.calls, request.outputs) });
    },

    /** With what the provider keeps of its messages; what the service wrote into their metadata are words. */
    withMessages(interaction: ModelInteraction, { request, response }: RunMessages): ModelInteraction {
      const told = (facts: MessageFacts | null) =>
        facts && { ...facts, metadata: fields(facts.metadata) ?? {} };
      return { ...interaction, messages: { request: told(request), response: told(response) } };
    },

    /** One attempt of a tool. */
    tool(input: ExecuteInput, seen: Seen<Executed>): ToolInteraction {
      const { startedAtMs, endedAtMs } = seen;
      const { call } = input;
      const common = {
        kind: 'tool' as const,
        ...actor(input),
        startedAtMs,
        endedAtMs,
        tool: call.tool,
        toolCallId: call.toolCallId,
        arguments: content(call.arguments),
      };
      if ('error' in seen) return { ...common, error: seen.error };
      const { outcome, output } = seen.result;
      return {
        ...common,
        output: content(output),
        ...(outcome !== 'executed' && {
          error: { type: outcome === 'unknown' ? 'Tool.OutcomeUnknown' : 'Tool.Failed' },
        }),
      };
    },
  };

  type Request = Pick<ModelInteraction, 'step' | 'threadId' | 'runStartedAtMs'> & Partial<ModelInteraction>;

  function model(input: TurnFacts, seen: Seen<RunReport>, request: Request): ModelInteraction | null {
    const { startedAtMs, endedAtMs } = seen;
    const assistant = assistantOf(input);
    const common = {
      kind: 'model' as const,
      protocol,
      ...actor(input),
      model: assistant?.model ?? '',
      tools: assistant?.tools.map(({ name }) => name) ?? [],
      startedAtMs,
      endedAtMs,
      ...request,
    };
    if ('error' in seen) return { ...common, error: seen.error };
    const { result } = seen;
    if (result.state === 'working') return null; // whoever follows the run next tells its answer
    const error = failed(result);
    return { ...common, runId: result.runId, answer: answerOf(result), ...(error && { error }) };
  }

  function begun(input: WatchInput, { message, runStartedAtMs }: Earlier, fallbackMs: number) {
    const { threadId, runId } = input.run;
    return {
      threadId,
      runId,
      runStartedAtMs: runStartedAtMs ?? fallbackMs,
      ...(message !== undefined && { message: content(message) }),
    };
  }

  function answered(calls: ReviewedCall[], outputs: ToolOutput[]) {
    const told = outputs.map(({ toolCallId, output }): LoggedOutput => {
      return { toolCallId, output: content(output) };
    });
    return { step: 'outputs' as const, calls: calls.map(toLogged), outputs: told };
  }

  function answerOf(report: RunReport): NonNullable<ModelInteraction['answer']> {
    const { state, usage } = report;
    const reason = state === 'incomplete' ? report.reason : state === 'failed' ? report.code : undefined;
    return {
      state,
      calls: state === 'requires_action' ? report.calls.map(toLogged) : [],
      ...(state === 'completed' && { text: content(report.reply) }),
      ...(reason !== undefined && { reason }),
      ...(usage && { usage }),
    };
  }

  function toLogged(call: ReviewedCall): LoggedCall {
    const { toolCallId, tool } = call;
    return { toolCallId, tool, ...(call.kind === 'ready' && { arguments: content(call.arguments) }) };
  }

  function actor({ context, conversationId, turnId, assistant }: TurnFacts): Actor {
    const { tenant, user, session, ...rest } = context;
    const said = fields(rest);
    return {
      tenant,
      session: `${tenant}.${typeof session === 'string' && session !== '' ? session : conversationId}`,
      conversationId,
      turnId,
      assistant: assistant ?? app.assistants[0]?.name ?? '',
      ...(user !== undefined && { user: `${tenant}.${user}` }),
      ...(said !== undefined && { context: said }),
    };
  }

  function assistantOf({ assistant }: TurnFacts): LoggedAssistant | undefined {
    return assistant === undefined
      ? app.assistants[0]
      : app.assistants.find(({ name }) => name === assistant);
  }
}

function failed(report: RunReport): { type: string } | undefined {
  if (report.state === 'failed') return { type: report.code };
  if (report.state === 'expired') return { type: 'Run.Expired' };
  return report.state === 'unknown' ? { type: 'Run.UnknownStatus' } : undefined;
}
