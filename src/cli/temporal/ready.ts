import { Connection } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';

import { ASKED } from '../../contracts/workflow-names.ts';
import { missingAttributes, registerSearchAttributes } from './attributes.ts';
import type { TemporalContext } from './context.ts';
import { reasonOf, TemporalServerError } from './error.ts';

const POLL_MS = 50;
const CALL_LIMIT_MS = 2_000;

/**
 * Waits until a server of ours can be used: the namespace answers, its search attributes are registered (an older database
 * file may lack some), a visibility query finds them, and the UI answers.
 *
 * @param options.context its signal ends the wait, with its reason
 */
export async function waitUntilReady(options: {
  address: string;
  namespace: string;
  uiUrl: string | null;
  context: TemporalContext;
}): Promise<void> {
  const { address, namespace, uiUrl, context } = options;
  const { signal } = context;
  // The SDK's retries and the channel's back-off would add a second to a start that takes less.
  const connection = Connection.lazy({
    address,
    interceptors: [],
    channelArgs: { 'grpc.initial_reconnect_backoff_ms': POLL_MS, 'grpc.max_reconnect_backoff_ms': POLL_MS },
  });
  const limited = <T>(call: () => Promise<T>) => connection.withDeadline(Date.now() + CALL_LIMIT_MS, call);
  try {
    await until(signal, () => limited(() => connection.workflowService.describeNamespace({ namespace })));
    await until(signal, () => limited(() => registerSearchAttributes(connection, namespace, context)));
    await until(signal, async () => {
      const missing = await limited(() => missingAttributes(connection, namespace));
      if (missing.length > 0)
        throw new Error(`search attribute ${String(missing[0]?.name)} is not listed yet`);
      const query = `ApprovalStatus = '${ASKED}'`;
      await limited(() => connection.workflowService.countWorkflowExecutions({ namespace, query }));
    });
    if (uiUrl !== null) {
      await until(signal, () => fetch(uiUrl, { signal: AbortSignal.timeout(CALL_LIMIT_MS) }));
    }
  } finally {
    await connection.close();
  }
}

/** Repeats a call until it succeeds. What is our own error, and not the server's, is not going to change. */
async function until(signal: AbortSignal, call: () => Promise<unknown>): Promise<void> {
  let last = 'no answer';
  for (;;) {
    if (signal.aborted) {
      if (signal.reason instanceof TemporalServerError) throw signal.reason;
      throw new TemporalServerError(`The Temporal server did not become usable: ${last}.`);
    }
    try {
      await call();
      return;
    } catch (error) {
      if (error instanceof TemporalServerError) throw error;
      last = reasonOf(error);
    }
    await delay(POLL_MS);
  }
}
