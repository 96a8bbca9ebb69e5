import { runBlock, type BlockResult } from '../block.ts';
import type { Row } from '../results.ts';
import { progress } from '../stage.ts';
import { median } from '../statistics.ts';
import { wholeTurn, type Contestant } from './contestant.ts';

const AT_ONCE = [10, 40];
const ROUNDS = 3;

/** Whole gated turns a second, decided as soon as they wait, and the processor time of each; blocks in turn. */
export async function measureRates(contestants: Contestant[], count: number): Promise<Row[]> {
  for (const { name, turns } of contestants) {
    progress(`Warming up: ${name}`);
    await runBlock({ count: 40, atOnce: 10 }, {}, () => wholeTurn(turns));
  }
  const blocks = new Map<string, BlockResult[]>();
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const atOnce of AT_ONCE) {
      for (const contestant of contestants) {
        const { name, turns } = contestant;
        const key = `${name}, ${atOnce} at once`;
        const pids = await contestant.pids();
        const block = await withClient(() => runBlock({ count, atOnce }, pids, () => wholeTurn(turns)));
        blocks.set(key, [...(blocks.get(key) ?? []), block]);
        progress(`Round ${round}: ${key}: ${block.perSecond.toFixed(1)} turns a second`);
      }
    }
  }
  return contestants.flatMap(({ name }) =>
    AT_ONCE.flatMap((atOnce) => rowsOf(`${name}, ${atOnce} at once`, blocks)),
  );

  /** This process is the client of all; its own processor time counts as `client`. */
  async function withClient(run: () => Promise<BlockResult>): Promise<BlockResult> {
    const before = process.cpuUsage();
    const block = await run();
    const { user, system } = process.cpuUsage(before);
    return { ...block, cpuMs: { ...block.cpuMs, client: (user + system) / 1_000 / count } };
  }
}

function rowsOf(name: string, all: ReadonlyMap<string, BlockResult[]>): Row[] {
  const blocks = all.get(name) ?? [];
  const figure = (of: (block: BlockResult) => number): Pick<Row, 'value' | 'spread' | 'samples'> => {
    const values = blocks.map(of);
    return {
      value: median(values),
      spread: [Math.min(...values), Math.max(...values)],
      samples: values.length,
    };
  };
  const cpu = (process: string) => (block: BlockResult) => block.cpuMs[process] ?? 0;
  const processes = Object.keys(blocks[0]?.cpuMs ?? {});
  return [
    { name, unit: 'turns/s', worse: 'lower', ...figure((block) => block.perSecond) },
    ...(processes.includes('engine')
      ? [
          {
            name: `${name}: CPU of worker and engine`,
            unit: 'ms/turn',
            worse: 'higher' as const,
            ...figure((block) => cpu('worker')(block) + cpu('engine')(block)),
          },
        ]
      : []),
    ...processes.map((process): Row => {
      return { name: `${name}: CPU of ${process}`, unit: 'ms/turn', ...figure(cpu(process)) };
    }),
  ];
}
