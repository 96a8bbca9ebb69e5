import type { Row } from './results.ts';

/** The value below which this share of the samples lies. */
export function quantile(samples: number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (samples: number[]): number => quantile(samples, 0.5);

/** A row of milliseconds: median and quartiles. */
export function latencyRow(name: string, samples: number[], goal?: Row['goal']): Row {
  return {
    name,
    unit: 'ms',
    value: median(samples),
    spread: [quantile(samples, 0.25), quantile(samples, 0.75)],
    samples: samples.length,
    worse: 'higher',
    ...(goal && { goal }),
  };
}

/** A figure as a multiple of another one of the same run; held against the most it may be, where that is given. */
export function ratioRow(name: string, value: number, base: number, most?: number): Row {
  const ratio = value / base;
  return {
    name,
    unit: '×',
    value: ratio,
    worse: 'higher',
    ...(most !== undefined && { goal: { text: `at most ${most} ×`, met: ratio <= most } }),
  };
}
