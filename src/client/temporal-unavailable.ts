import { howToCall } from '../contracts/how-called.ts';

/** Temporal cannot be used as configured; the message says what was tried and what to do. */
export class TemporalUnavailableError extends Error {
  override readonly name = 'TemporalUnavailableError';
}

export function noServerAt(address: string, cause: unknown): TemporalUnavailableError {
  return new TemporalUnavailableError(
    `No Temporal server answers at ${address} (TEMPORAL_ADDRESS). Start one with "${howToCall('dev')}" or set TEMPORAL_ADDRESS to a running one.`,
    { cause },
  );
}

export function noNamespace(namespace: string, address: string, cause: unknown): TemporalUnavailableError {
  return new TemporalUnavailableError(
    `Temporal at ${address} does not let us use the namespace "${namespace}" (TEMPORAL_NAMESPACE). Create it with "temporal operator namespace create --namespace ${namespace}", or name one that exists.`,
    { cause },
  );
}

/** Where Temporal is when nothing else is said: its own default. */
export const DEFAULT_ADDRESS = '127.0.0.1:7233';
