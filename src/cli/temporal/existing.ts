import { Connection, isGrpcServiceError } from '@temporalio/client';

import { RETRIES } from '../../client/retries.ts';
import { temporalConfig } from '../../config.ts';
import { registerSearchAttributes } from './attributes.ts';
import type { TemporalContext } from './context.ts';
import { reasonOf, TemporalServerError } from './error.ts';
import { hasCode } from './grpc.ts';

const CONNECT_LIMIT_MS = 5_000;

/**
 * Checks the server that TEMPORAL_ADDRESS names: that it answers, has the namespace and the search attributes (which are
 * registered if they are missing). TLS and API key come from Temporal's own variables.
 *
 * @throws TemporalServerError naming the variable, what was found and the remedy
 */
export async function checkExistingServer(options: {
  address: string;
  namespace: string;
  context: TemporalContext;
}): Promise<void> {
  const { address, namespace, context } = options;
  context.onProgress(`Using the server of TEMPORAL_ADDRESS, ${address}`);
  const connection = await connect(address, context);
  try {
    await describeNamespace(connection, address, namespace);
    await registerSearchAttributes(connection, namespace, context);
  } finally {
    await connection.close();
  }
}

async function connect(address: string, { env }: TemporalContext): Promise<Connection> {
  try {
    const { connection } = temporalConfig(env);
    return await Connection.connect({
      interceptors: RETRIES,
      ...{ ...connection, address, connectTimeout: CONNECT_LIMIT_MS },
    });
  } catch (error) {
    throw new TemporalServerError(
      `TEMPORAL_ADDRESS is "${address}", but no Temporal server answers there (${reasonOf(error)}). ` +
        'Start that server, correct the address, or unset TEMPORAL_ADDRESS to have one started for you.',
    );
  }
}

async function describeNamespace(connection: Connection, address: string, namespace: string): Promise<void> {
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    if (hasCode(error, 'NOT_FOUND')) {
      throw new TemporalServerError(
        `Namespace "${namespace}" does not exist on the Temporal server at ${address}. Create it with ` +
          `"temporal operator namespace create --namespace ${namespace}", or set TEMPORAL_NAMESPACE to one that does.`,
      );
    }
    throw new TemporalServerError(
      `The Temporal server at ${address} refused to describe namespace "${namespace}" (${error.details}). ` +
        'Check TEMPORAL_NAMESPACE, TEMPORAL_API_KEY and the TEMPORAL_TLS_… variables.',
    );
  }
}
