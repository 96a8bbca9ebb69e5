import { readResult, type Row } from './results.ts';

/** Machines are noisy: a change within this share of the figure is no news. */
const NOISE = 0.15;

/**
 * Prints what changed from one result to another.
 *
 * @returns false when something got worse by more than the noise, or missed a goal that it met before.
 */
export async function compare(before: string, after: string): Promise<boolean> {
  const [old, now] = await Promise.all([readResult(before), readResult(after)]);
  if (old.bench !== now.bench) {
    console.error(
      `"${before}" is a result of ${old.bench}, "${after}" of ${now.bench}: compare two of one kind.`,
    );
    return false;
  }
  const lines = now.rows.flatMap((row) => {
    const was = old.rows.find(({ name }) => name === row.name);
    return was === undefined ? [] : [{ ...judge(was, row), was, row }];
  });
  const width = Math.max(0, ...lines.map(({ row }) => row.name.length));
  for (const { row, was, verdict } of lines) {
    const figures = `${was.value.toFixed(2)} -> ${row.value.toFixed(2)} ${row.unit}`;
    console.log(`${row.name.padEnd(width)}  ${figures.padEnd(36)} ${verdict}`);
  }
  const gone = old.rows.filter(({ name }) => !now.rows.some((row) => row.name === name));
  for (const { name } of gone) console.log(`${name.padEnd(width)}  is not measured any more`);
  return lines.every(({ isWorse }) => !isWorse);
}

function judge(was: Row, row: Row): { isWorse: boolean; verdict: string } {
  if (was.goal?.met === true && row.goal?.met === false) {
    return { isWorse: true, verdict: `WORSE: misses its goal (${row.goal.text})` };
  }
  const change = (row.value - was.value) / Math.abs(was.value || 1);
  if (row.worse === undefined || Math.abs(change) <= NOISE) return { isWorse: false, verdict: '' };
  const isWorse = row.worse === 'higher' ? change > 0 : change < 0;
  const share = `${change > 0 ? '+' : ''}${(change * 100).toFixed(0)} %`;
  return { isWorse, verdict: isWorse ? `WORSE ${share}` : `better ${share}` };
}
