/** Figures of one contestant, in milliseconds. */
export interface Figures {
  count: number;
  median: number;
  p90: number;
  min: number;
  max: number;
}

export function figures(samples: number[]): Figures {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { count: sorted.length, median: at(0.5), p90: at(0.9), min: at(0), max: at(1) };
}

export function table(rows: Record<string, Figures>, floor: string): string {
  const base = rows[floor]?.median ?? Number.NaN;
  const cell = (value: number): string => value.toFixed(1).padStart(8);
  const lines = Object.entries(rows).map(
    ([name, { median, p90, min, max }]) =>
      `${name.padEnd(44)}${cell(median)}${cell(p90)}${cell(min)}${cell(max)}${(median / base).toFixed(2).padStart(9)}`,
  );
  return [`${''.padEnd(44)}  median     p90     min     max  × floor`, ...lines].join('\n');
}
