import { parseArgs } from 'node:util';

import { compare } from './compare.ts';
import { benchDecision } from './decision.ts';
import { benchGrowth } from './growth.ts';
import { benchNotices } from './notices.ts';
import { benchParked } from './parked.ts';
import { benchPeers } from './peers.ts';
import { benchRecord } from './record.ts';
import { benchRecovery } from './recovery.ts';
import { benchTabs } from './tabs.ts';
import { benchThroughput } from './throughput.ts';

/** The benchmarks by name; each prints its table and writes it to bench/results/. `count` is how many samples or units. */
const BENCHES: Record<
  string,
  { run: (options: { count?: number; only?: string[] }) => Promise<void>; help: string }
> = {
  decision: {
    run: benchDecision,
    help: 'from a decision to the tool and to the provider, beside the floor of the engine (--count: samples of each, default 100)',
  },
  throughput: {
    run: benchThroughput,
    help: 'gated turns a second, and what one turn costs (--count: turns of each block, default 120)',
  },
  parked: {
    run: benchParked,
    help: 'memory, idle CPU, lists and decisions with approvals open (--count: how many at most, default 10000)',
  },
  recovery: {
    run: benchRecovery,
    help: 'the way back after the worker is killed with turns held and running (--count: repetitions, default 5)',
  },
  growth: {
    run: benchGrowth,
    help: 'how cost grows with rounds, calls, arguments and turns (--count: how often each size is measured, default 5)',
  },
  notices: {
    run: benchNotices,
    help: 'what telling people costs a decision and a turn, and how long it takes with questions pending (--count: how many, default 1000)',
  },
  tabs: {
    run: benchTabs,
    help: 'memory and processor of a gateway with tabs of the inbox open, and how soon they hear of news (--count: tabs, default 1000)',
  },
  record: {
    run: benchRecord,
    help: 'the store with a long record: append, proof, list, export, verify (--count: entries, default 1000000; --only sqlite,postgresql)',
  },
  peers: {
    run: benchPeers,
    help: 'beside what users would pick instead; bench/peers/README.md (--count: turns of each block, default 60; --only NAME,NAME)',
  },
};

const USAGE = [
  'Usage: npm run bench -- <name> [--count N]',
  ...Object.entries(BENCHES).map(([name, { help }]) => `  ${name.padEnd(12)}${help}`),
  `  compare A B what got worse from one result file to another`,
].join('\n');

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { count: { type: 'string' }, only: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
});
const [name = '', ...files] = positionals;
const count = values.count === undefined ? undefined : Number(values.count);
const only = values.only?.split(',');
const bench = BENCHES[name];

if (values.help) {
  console.log(USAGE);
} else if (name === 'compare' && files.length === 2) {
  process.exitCode = (await compare(files[0] ?? '', files[1] ?? '')) ? 0 : 1;
} else if (bench === undefined || (count !== undefined && (!Number.isInteger(count) || count < 1))) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  await bench.run({ ...(count !== undefined && { count }), ...(only !== undefined && { only }) });
}
