import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, Runtime } from '@temporalio/worker';

import { logEvent } from './run-command.ts';

/** What a tool has thrown may quote arguments and people. It stands in Temporal's history, where the turn's texts are. */
export function reasonOf(error: Error): string {
  const isOfTool = error instanceof ApplicationFailure && error.type === 'Tool.Failed';
  return isOfTool ? 'Tool.Failed: what the tool threw stands in the history of its turn.' : error.message;
}

/** Everything Temporal's runtime and our workflows log becomes events of one form. Call before the first connection. */
export function useJsonLogs(): void {
  const logger = new DefaultLogger('INFO', ({ level, message, meta }) => {
    const { error, ...fields } = (meta ?? {}) as Record<string, unknown>;
    const reason = error instanceof Error ? reasonOf(error) : error;
    logEvent(message, { level, ...fields, ...(reason !== undefined && { error: reason }) });
  });
  // Signals are ours to handle: the worker is shut down once, in order.
  Runtime.install({ logger, shutdownSignals: [] });
}
