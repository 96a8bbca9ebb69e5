import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

import type { CallToRun } from '../contracts/approval.ts';
import { OUTPUT_BYTES, SENTENCE_CHARACTERS } from '../contracts/limits.ts';
import { cutToJsonBytes, inDigits, jsonBytes, shorten } from '../contracts/size.ts';
import type { ExecuteInput, Executed } from '../contracts/steps.ts';
import type { App } from '../define/app.ts';
import { TerminalError, type ToolContext } from '../define/tool.ts';
import { findAssistant } from './assistants.ts';
import { withHeartbeat } from './attempt.ts';
import { mayHaveHappened } from './reconcile.ts';
import { signOffProblem } from './sign-off.ts';

/** The activity that has the effect. */
export function createToolActivities(app: App) {
  return {
    /**
     * Runs one call, after proving that it is the one that was reviewed and signed off (sign-off.ts).
     *
     * @returns `unknown`, without running it, for an at-most-once call that may have run before.
     * @throws ApplicationFailure `Tool.DigestMismatch`, `Tool.NotSignedOff` or `Tool.SignOffExpired` when it is not, `Tool.Failed` when the tool threw and either may
     *   be tried again or ends the turn, `Tool.TimedOut` when it took longer than its limit.
     */
    async executeTool(input: ExecuteInput): Promise<Executed> {
      const { call, context, conversationId, turnId, approval } = input;
      const tool = findAssistant(app, input.assistant).tools.find(({ name }) => name === call.tool);
      if (tool === undefined) {
        return {
          outcome: 'failed',
          output: `Not executed: the tool "${call.tool}" does not exist any more.`,
        };
      }
      const problem = signOffProblem({ call, tenant: context.tenant, approval });
      if (problem !== null) throw ApplicationFailure.create({ ...problem, nonRetryable: true });
      const isRepeated = mayHaveHappened(input);
      if (isRepeated && call.effect === 'at-most-once') return { outcome: 'unknown', output: '' };
      return withinLimit(call, async (signal) => {
        const toolContext: ToolContext = {
          ...{ context, conversationId, turnId, signal },
          idempotencyKey: call.approvalId,
          ...(approval && { approval }),
        };
        try {
          return await withHeartbeat(async () => {
            const before = isRepeated ? await tool.reconcile?.(call.arguments, toolContext) : undefined;
            const result = before?.done ? before.output : await tool.execute(call.arguments, toolContext);
            return { outcome: 'executed', output: fitted(toOutput(result)) };
          });
        } catch (error) {
          return reportFailure(error, call);
        }
      });
    },
  };
}

/** Timers of Node.js ring at once when they are set to more, 24 days; so long a limit is the server's to keep. */
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * Gives up on a tool that takes longer than its limit, and tells it to stop.
 *
 * @throws ApplicationFailure `Tool.TimedOut`.
 */
async function withinLimit<T>(
  { tool, timeoutMs }: CallToRun,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (timeoutMs > LONGEST_TIMER_MS) return work(cancellationSignal());
  const limit = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `The tool "${tool}" had not ended after ${inDigits(timeoutMs)} ms, its timeout. It may or may not have been carried out.`;
      // In this order: what the tool makes of the signal tells nothing of what it has done before.
      reject(ApplicationFailure.create({ type: 'Tool.TimedOut', message }));
      limit.abort();
    }, timeoutMs);
  });
  try {
    return await Promise.race([work(AbortSignal.any([cancellationSignal(), limit.signal])), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What a tool returns when it has no JSON, such as a cycle or a bigint, is no reason to run it again: the effect has
 * happened.
 */
function toOutput(result: unknown): string {
  if (result === undefined) return 'Done.';
  if (typeof result === 'string') return result;
  try {
    const text: unknown = JSON.stringify(result);
    return typeof text === 'string' ? text : 'Done.';
  } catch (error) {
    return `Done. What the tool returned cannot be shown: ${shorten(messageOf(error), SENTENCE_CHARACTERS)}`;
  }
}

/** The effect has happened, so an output that is too long is no failure: the model gets its beginning and is told so. */
function fitted(output: string): string {
  const cut = cutToJsonBytes(output, OUTPUT_BYTES);
  if (cut === output) return output;
  const size = `it has ${inDigits(jsonBytes(output))} bytes, at most ${inDigits(OUTPUT_BYTES)} are possible`;
  return `${cut}\n[The output ends here because it is too long: ${size}. The tool was carried out; do not repeat it to see the rest.]`;
}

function reportFailure(error: unknown, call: CallToRun): Executed {
  const message = shorten(messageOf(error), SENTENCE_CHARACTERS);
  const isFinal = error instanceof TerminalError || activityInfo().attempt >= call.maximumAttempts;
  if (isFinal && call.onError === 'report') {
    return { outcome: 'failed', output: `The tool "${call.tool}" failed: ${message}` };
  }
  // A cause brings its own message and stack along: without it the failure is as short as its message.
  const isShort = message === messageOf(error);
  throw ApplicationFailure.create({
    type: 'Tool.Failed',
    message: `The tool "${call.tool}" failed: ${message}`,
    nonRetryable: isFinal,
    ...(error instanceof Error && isShort && { cause: error }),
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
