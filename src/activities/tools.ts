import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

import type { Approver, CallToRun } from '../contracts/approval.ts';
import { argumentsDigest } from '../contracts/digest.ts';
import { TerminalError, type App, type ToolContext } from '../define.ts';
import { withHeartbeat } from './attempt.ts';
import { findAssistant, type TurnFacts } from './runs.ts';

export interface ExecuteInput extends TurnFacts {
  call: CallToRun;
  approval?: { approvalId: string; approver: Approver; note?: string };
}

export interface Executed {
  outcome: 'executed' | 'failed';
  output: string;
}

/** The activity that has the effect. */
export function createToolActivities(app: App) {
  return {
    /**
     * Runs one call, after proving that it is the one that was reviewed and signed off: the digest is recomputed from what
     * is about to run.
     *
     * @throws ApplicationFailure `Tool.DigestMismatch` when it is another, `Tool.Failed` when the tool threw and either may
     *   be tried again or ends the turn.
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
      const digest = argumentsDigest({ tool: call.tool, arguments: call.arguments, tenant: context.tenant });
      if (digest !== call.argumentsDigest) {
        throw ApplicationFailure.create({
          type: 'Tool.DigestMismatch',
          message: `The call of "${call.tool}" is not the one that was reviewed, so nothing was run.`,
          nonRetryable: true,
        });
      }
      const toolContext: ToolContext = {
        context,
        conversationId,
        turnId,
        idempotencyKey: call.approvalId,
        signal: cancellationSignal(),
        ...(approval && { approval }),
      };
      try {
        const result = await withHeartbeat(() => tool.execute(call.arguments, toolContext));
        return {
          outcome: 'executed',
          output: toOutput(result),
        };
      } catch (error) {
        return reportFailure(error, call);
      }
    },
  };
}

function toOutput(result: unknown): string {
  if (result === undefined) return 'Done.';
  return typeof result === 'string' ? result : JSON.stringify(result);
}

function reportFailure(error: unknown, call: CallToRun): Executed {
  const message = error instanceof Error ? error.message : String(error);
  const isFinal = error instanceof TerminalError || activityInfo().attempt >= call.maximumAttempts;
  if (isFinal && call.onError === 'report') {
    return { outcome: 'failed', output: `The tool "${call.tool}" failed: ${message}` };
  }
  throw ApplicationFailure.create({
    type: 'Tool.Failed',
    message: `The tool "${call.tool}" failed: ${message}`,
    nonRetryable: isFinal,
    ...(error instanceof Error && { cause: error }),
  });
}
