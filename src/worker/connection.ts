import { NativeConnection } from '@temporalio/worker';

import type { ClientOptions } from '../client.ts';
import {
  DEFAULT_ADDRESS,
  noNamespace,
  noServerAt,
  TemporalUnavailableError,
} from '../client/temporal-unavailable.ts';
import { SEARCH_ATTRIBUTES } from '../contracts/search/attributes.ts';

/** @throws TemporalUnavailableError when the server does not answer, or has no such namespace. */
export async function connect({
  connection: options,
  namespace,
}: Pick<ClientOptions, 'connection' | 'namespace'>): Promise<NativeConnection> {
  const address = options.address ?? DEFAULT_ADDRESS;
  const { tls, apiKey, metadata } = options;
  const connection = await NativeConnection.connect({
    address,
    // To its own machine compressing costs both ends more than it saves: some 2 of 100 ms a turn.
    ...(isThisMachine(address) && { grpcCompression: { codec: 'none' } }),
    ...(tls !== undefined && { tls }),
    ...(typeof apiKey === 'string' && { apiKey }),
    ...(metadata !== undefined && { metadata }),
  }).catch((error: unknown) => {
    throw noServerAt(address, error);
  });
  try {
    await connection.workflowService.describeNamespace({ namespace });
    return connection;
  } catch (error) {
    await connection.close();
    throw noNamespace(namespace, address, error);
  }
}

/** @param address - host:port; an IPv6 address stands in brackets. */
function isThisMachine(address: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(address);
}

/**
 * Without them every turn would stop at its first approval, so a worker does not start.
 *
 * @throws TemporalUnavailableError naming the command that creates them.
 */
export async function requireSearchAttributes(
  connection: NativeConnection,
  namespace: string,
): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => !(name in customAttributes));
  if (missing.length === 0) return;
  const flags = missing.map(([name, type]) => `--name ${name} --type ${cliType(type)}`).join(' ');
  throw new TemporalUnavailableError(
    `The namespace "${namespace}" lacks search attributes. Create them with "temporal operator search-attribute create --namespace ${namespace} ${flags}".`,
  );
}

/** KEYWORD_LIST as the Temporal CLI spells it: KeywordList. */
function cliType(type: string): string {
  return type
    .toLowerCase()
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
