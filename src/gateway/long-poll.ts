import type { TurnView } from '../contracts/turn.ts';
import type { GatewayParts } from './gateway-env.ts';

/**
 * The client's wait cannot be called back, so a long one is made of short ones: a client that went away or a gateway that
 * shuts down leaves at most this much of it behind.
 */
const SLICE_MS = 5_000;

/**
 * Reads a turn, waiting until it needs a person or is over; when the gateway drains it answers with what it sees.
 *
 * @param gone - aborted when nobody waits for the answer any more.
 */
export async function waitForTurn(
  { client, clock, draining }: GatewayParts,
  wanted: { tenant: string; turnId: string; waitMs: number; gone: AbortSignal },
): Promise<TurnView | null> {
  const { tenant, turnId, waitMs, gone } = wanted;
  const stop = AbortSignal.any([draining, gone]);
  const until = clock() + waitMs;
  for (let leftMs = waitMs; leftMs > 0 && !stop.aborted; leftMs = until - clock()) {
    const slice = client.getTurn(tenant, turnId, Math.min(leftMs, SLICE_MS));
    const view = await Promise.race([slice, aborted(stop, slice)]);
    if (view === 'aborted') break;
    if (view === null || (view.status !== 'queued' && view.status !== 'running')) return view;
  }
  return client.getTurn(tenant, turnId);
}

/** Resolves when the signal is aborted; lets go of the signal once the other promise is settled. */
function aborted(signal: AbortSignal, settled: Promise<unknown>): Promise<'aborted'> {
  return new Promise((resolve) => {
    const stop = () => resolve('aborted');
    signal.addEventListener('abort', stop, { once: true });
    const letGo = () => signal.removeEventListener('abort', stop);
    void settled.then(letGo, letGo);
  });
}
