import { shorten } from '../contracts/size.ts';

/** Why an interaction did not reach its sink. */
export type Loss = 'queue_full' | 'timed_out' | 'failed' | 'shutdown';

/** What is told of losses: how many since the last time, by reason, and what the last failure said. */
export type LossReport = { sink: string; lost: number; lastError?: string } & Partial<Record<Loss, number>>;

const LONGEST_ERROR = 200;

/**
 * Counts losses and tells of them: of the first at once, of further ones at most once in a period, so that a dead sink does not
 * fill the log.
 */
export function createLosses({
  sink,
  report,
  everyMs,
}: {
  sink: string;
  report: (losses: LossReport) => void;
  everyMs: number;
}) {
  let counts = new Map<Loss, number>();
  let lastError: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  function tell(): void {
    if (counts.size === 0) return;
    const lost = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const told = { sink, lost, ...Object.fromEntries(counts), ...(lastError !== undefined && { lastError }) };
    counts = new Map();
    lastError = undefined;
    report(told);
  }

  return {
    add(reason: Loss, error?: unknown): void {
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
      if (error !== undefined) lastError = shorten(describe(error), LONGEST_ERROR);
      if (timer !== undefined) return;
      tell();
      timer = setTimeout(() => {
        timer = undefined;
        tell();
      }, everyMs);
      timer.unref();
    },
    /** Tells what has not been told, for the last time. */
    close(): void {
      clearTimeout(timer);
      timer = undefined;
      tell();
    },
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
}
