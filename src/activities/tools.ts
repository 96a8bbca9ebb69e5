import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

import type { Approver, CallToRun } from '../contracts/approval.ts';
import { argumentsDigest } from '../contracts/digest.ts';
import { TerminalError, type App, type ToolContext } from '../define.ts';
import { withHeartbeat } from './attempt.ts';
import { mayHaveHappened } from './reconcile.ts';
import { findAssistant, type TurnFacts } from './runs.ts';

export interface ExecuteInput extends TurnFacts {
  call: CallToRun;
  approval?: SignOff;
}

/** The approval that lets the call run. */
interface SignOff {
  approvalId: string;
  approver: Approver;
  note?: string;
  /** ISO 8601, Temporal's clock: when it was decided, and until when it could be. */
  resolvedAt: string;
  deadline: string | null;
}

export interface Executed {
  outcome: 'executed' | 'failed' | 'unknown';
  output: string;
}

/** The activity that has the effect. */
export function createToolActivities(app: App) {
  return {
    /**
     * Runs one call, after proving that it is the one that was reviewed and signed off: the digest is recomputed from what
     * is about to run.
     *
     * @returns `unknown`, without running it, for an at-most-once call that may have run before.
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
      if (approval?.deadline && Date.parse(approval.resolvedAt) >= Date.parse(approval.deadline)) {
        throw ApplicationFailure.create({
          type: 'Tool.SignOffExpired',
          message: `The sign-off of "${call.tool}" came at its deadline or later, so nothing was run.`,
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
      const isRepeated = mayHaveHappened(input);
      if (isRepeated && call.effect === 'at-most-once') return { outcome: 'unknown', output: '' };
      try {
        return await withHeartbeat(async () => {
          const before = isRepeated ? await tool.reconcile?.(call.arguments, toolContext) : undefined;
          const result = before?.done ? before.output : await tool.execute(call.arguments, toolContext);
          return { outcome: 'executed', output: toOutput(result) };
        });
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
