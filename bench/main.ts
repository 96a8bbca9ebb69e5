import { parseArgs } from 'node:util';

import { benchDecision } from './decision.ts';

/** One benchmark by name; each prints its table and writes its figures to bench/results/. */
const BENCHES: Record<string, (options: { count: number }) => Promise<void>> = {
  decision: benchDecision,
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { count: { type: 'string', default: '100' } },
});
const bench = BENCHES[positionals[0] ?? ''];
const count = Number(values.count);
if (bench === undefined || !Number.isInteger(count) || count < 1) {
  console.error(`Usage: npm run bench -- <${Object.keys(BENCHES).join(' | ')}> [--count 100]`);
  process.exitCode = 1;
} else {
  await bench({ count });
}
