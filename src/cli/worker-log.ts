import { DefaultLogger, Runtime } from '@temporalio/worker';

import { logEvent } from './run-command.ts';

/** Everything Temporal's runtime and our workflows log becomes events of one form. Call before the first connection. */
export function useJsonLogs(): void {
  const logger = new DefaultLogger('INFO', ({ level, message, meta }) => {
    const { error, ...fields } = (meta ?? {}) as Record<string, unknown>;
    const reason = error instanceof Error ? error.message : error;
    logEvent(message, { level, ...fields, ...(reason !== undefined && { error: reason }) });
  });
  // Signals are ours to handle: the worker is shut down once, in order.
  Runtime.install({ logger, shutdownSignals: [] });
}
