import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { SigningKey } from '@countersign/receipts';

import { RecordMismatchError } from '../../store/errors.ts';
import type { Store } from '../../store/store.ts';
import type { CheckpointSink } from './sink.ts';
import { takeCheckpoint } from './take.ts';

export interface CheckpointOptions {
  store: Pick<Store, 'record' | 'schedules'>;
  key: SigningKey;
  everyMs: number;
  sinks: readonly CheckpointSink[];
  clock: () => number;
  log: (event: string, fields: Record<string, unknown>) => void;
  metrics: CheckpointMetrics;
  /** Aborted when it is to end. */
  signal: AbortSignal;
}

export interface CheckpointMetrics {
  countCheckpoint(checkpoint: { outcome: 'signed' | 'refused' }): void;
  countDelivery(delivery: { sink: string; outcome: 'sent' | 'failed' }): void;
  /** How many a place does not have. */
  setUndelivered(sink: string, count: number): void;
}

const FIRST_PAUSE_MS = 1_000;
/** Checkpoints that are read at once. */
const PAGE = 100;

/**
 * Signs a checkpoint of every tenant whose record has grown, and sends it elsewhere, at an interval. Of all processes with one store and
 * the same places one does it each time:
 *
 *   waiting ──due, taken by this process──▶ signing ──▶ sending ──all sent──▶ waiting for the interval
 *      ▲  └──taken by another──▶ waiting                    └──a place or the store failed──▶ waiting 1, 2, 4 … s
 *
 * What was signed and not sent is kept in the store: whoever has the next turn sends it, so a place gets each at least once.
 *
 * @returns when the last work has ended, after `signal`.
 */
export async function keepCheckpoints(options: CheckpointOptions): Promise<void> {
  const { store, everyMs, sinks, clock, log, metrics, signal } = options;
  const { record, schedules } = store;
  // A process that knows other places must not keep these from their turn.
  const places = sinks.map(({ place }) => place).toSorted();
  const name = `checkpoints:${hash('sha256', JSON.stringify(places)).slice(0, 16)}`;
  let failures = 0;

  while (!signal.aborted) {
    const pauseMs = await turn();
    await sleep(Math.max(0, pauseMs), undefined, { signal }).catch(() => undefined);
  }

  /** @returns how long to wait for the next. */
  async function turn(): Promise<number> {
    try {
      const { isOurs, dueAt } = await schedules.take(name, everyMs);
      const isDone = !isOurs || (await signAndSend());
      for (const { kind, place } of sinks) metrics.setUndelivered(kind, await record.countUndelivered(place));
      if (isDone) {
        failures = 0;
        return dueAt - clock();
      }
      const pauseMs = backOff();
      await schedules.move(name, clock() + pauseMs);
      return pauseMs;
    } catch (error) {
      log('checkpoints.failed', { message: messageOf(error) });
      return backOff();
    }
  }

  function backOff(): number {
    failures += 1;
    return Math.min(everyMs, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 20));
  }

  async function signAndSend(): Promise<boolean> {
    for (const tenant of await record.grown()) await sign(tenant);
    // No place waits for another.
    const sent = await Promise.all(sinks.map(sendAll));
    return sent.every(Boolean);
  }

  async function sign(tenant: string): Promise<void> {
    try {
      const { size, root } = await takeCheckpoint(record, tenant, options);
      metrics.countCheckpoint({ outcome: 'signed' });
      log('checkpoint.signed', { tenant, size, root });
    } catch (error) {
      // Asking again helps nobody, and the other tenants' records are whole.
      if (!(error instanceof RecordMismatchError)) throw error;
      metrics.countCheckpoint({ outcome: 'refused' });
      log('checkpoint.refused', { tenant, message: error.message });
    }
  }

  /** @returns whether it has them all. */
  async function sendAll(sink: CheckpointSink): Promise<boolean> {
    const { kind, place } = sink;
    for (;;) {
      const page = await record.undelivered(place, PAGE);
      if (page.length === 0) return true;
      for (const checkpoint of page) {
        if (signal.aborted) return false;
        try {
          await sink.send(checkpoint, signal);
        } catch (error) {
          metrics.countDelivery({ sink: kind, outcome: 'failed' });
          const { tenant, size } = checkpoint;
          log('checkpoint.not_sent', { sink: place, tenant, size, message: messageOf(error) });
          return false;
        }
        await record.markDelivered(place, checkpoint.tenant, checkpoint.size);
        metrics.countDelivery({ sink: kind, outcome: 'sent' });
      }
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
