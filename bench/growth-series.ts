import type { Row } from './results.ts';
import { median, ratioRow } from './statistics.ts';

/** What doing something of a certain size took. */
export interface Cost {
  ms: number;
  /** Of the turn's own history. */
  events: number;
  bytes: number;
}

/** Something that is measured at several sizes, smallest first. */
export interface Series {
  name: string;
  /** What a size counts, in the singular. */
  unit: string;
  sizes: number[];
  /** `whole` where more of it is hardly slower, so that the time of one more would be noise. @default 'one more' */
  time?: 'one more' | 'whole';
  /** Where events do not depend on the size, there is no row of them. @default true */
  countsEvents?: boolean;
  measure: (size: number) => Promise<Cost>;
}

/** A cost is flat when one more of the largest costs at most so many times what one more of the smallest does. */
const FLAT = 1.5;

/** The costs of one repetition, in the order of the sizes. */
export type Repetition = Cost[];

/**
 * The rows of a series. The fixed part (starting the turn, its reply) is excluded by taking differences: what one more costs
 * from one size to the next is the difference of their costs, shared among the units between them. Each repetition gives one such
 * figure; the row has their median, and their least and most.
 */
export function seriesRows(series: Series, repetitions: Repetition[]): Row[] {
  const { name, unit, time = 'one more', countsEvents = true } = series;
  return [
    ...(time === 'whole' ? wholeRows(series, repetitions) : growthRows('ms', 'ms', (cost) => cost.ms)),
    ...(countsEvents ? growthRows('events', 'events', (cost) => cost.events) : []),
    ...growthRows('history', 'bytes', (cost) => cost.bytes),
  ];

  function growthRows(what: string, shownUnit: string, figure: (cost: Cost) => number): Row[] {
    const steps = series.sizes.slice(1).map((to, index) => {
      const from = series.sizes[index] ?? 0;
      const samples = repetitions.map((costs) => {
        const [before, after] = [costs[index], costs[index + 1]];
        if (before === undefined || after === undefined) throw new RangeError('A repetition has every size.');
        return (figure(after) - figure(before)) / (to - from);
      });
      return { name: `${name}, ${from} to ${to}: ${what} of one more ${unit}`, samples };
    });
    const rows = steps.map((step) => toRow(step.name, shownUnit, step.samples));
    return [...rows, flatRow(`${name}: ${what} of one more ${unit}, last against first`, rows)];
  }
}

/** Rows of the whole time at each size. */
function wholeRows({ name, unit, sizes }: Series, repetitions: Repetition[]): Row[] {
  const rows = sizes.map((size, index) => {
    const samples = repetitions.flatMap((costs) => costs[index]?.ms ?? []);
    return toRow(`${name}, ${size} ${unit}: whole time`, 'ms', samples);
  });
  return [...rows, flatRow(`${name}: whole time, last against first`, rows)];
}

export function toRow(name: string, unit: string, samples: number[]): Row {
  return {
    name,
    unit,
    value: median(samples),
    spread: [Math.min(...samples), Math.max(...samples)],
    samples: samples.length,
    worse: 'higher',
  };
}

/** The last of some rows as a multiple of the first. */
export function flatRow(name: string, rows: Row[]): Row {
  return ratioRow(name, rows.at(-1)?.value ?? Number.NaN, rows[0]?.value ?? Number.NaN, FLAT);
}
