import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { makeWorkflowBundle } from '../src/workflow-bundle/make.ts';
import { runCampaigns } from './campaigns.ts';
import { runLadder, testLadderOracle } from './ladder/run.ts';
import { runScenario, SCENARIOS } from './scenarios.ts';
import { runSelfTest } from './self-test.ts';
import { STORE_KINDS } from './store/store.ts';

const USAGE = `npm run fault -- --quick | --full | --self-test | --scenario ${Object.keys(SCENARIOS).join('|')}
  --quick       one seed, some points, under 3 minutes
  --full        ten seeds, every point with every victim
  --self-test   plants faults and shows that the oracle finds them
  --ladder      with one of the three: questions that climb a ladder, while workers die and channels fail
  --scenario    one of: ${Object.keys(SCENARIOS).join(', ')}
  --seed N      the (first) seed; default 1
  --seeds N     how many seeds, in place of one or ten
  --turns N     how many turns a campaign has, at least those that are struck
  --questions N how many questions climb the ladder; default 100 with --quick, 10000 with --full
  --store S     sqlite or postgres; default: postgres with --full, sqlite with --quick and --ladder
  --json FILE   where the plan and the result are written`;

const values = readOptions();

function readOptions() {
  try {
    const read = parseArgs({
      options: {
        quick: { type: 'boolean' },
        full: { type: 'boolean' },
        'self-test': { type: 'boolean' },
        ladder: { type: 'boolean' },
        questions: { type: 'string' },
        scenario: { type: 'string' },
        seed: { type: 'string', default: '1' },
        seeds: { type: 'string' },
        turns: { type: 'string' },
        store: { type: 'string' },
        json: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    if (read.values.help !== true) return read.values;
    process.stdout.write(`${USAGE}\n`);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
    process.exit(2);
  }
}

const say = (line = ''): void => void process.stdout.write(`${line}\n`);
const beganAt = Date.now();
const progress = (line: string): void => say(`${seconds()}  ${line}`);

function seconds(): string {
  return `${Math.round((Date.now() - beganAt) / 1_000)} s`.padStart(7);
}

const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(name, () => {
    progress('Ending everything.');
    stopping.abort(new Error('The campaign was stopped.'));
  });
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`"${text}" is no whole number.\n${USAGE}`);
  return Number(text);
}

function storeKind(text: string) {
  const kind = STORE_KINDS.find((known) => known === text);
  if (kind === undefined) throw new Error(`"${text}" is no store: ${STORE_KINDS.join(' or ')}.\n${USAGE}`);
  return kind;
}

/** @returns whether all was as it must be */
async function run(folder: string): Promise<boolean> {
  const seed = wholeNumber(values.seed);
  const sizes = {
    ...(values.turns !== undefined && { turns: wholeNumber(values.turns) }),
    ...(values.seeds !== undefined && { seeds: wholeNumber(values.seeds) }),
    ...(values.store !== undefined && { store: storeKind(values.store) }),
  };
  const bundle = join(folder, 'workflow-bundle.js');
  const { code } = await makeWorkflowBundle();
  await writeFile(bundle, code);
  const common = {
    folder,
    workflowBundle: bundle,
    signal: stopping.signal,
    say,
    onProgress: progress,
    seed,
    writeJson: async (result: unknown) => {
      if (values.json === undefined) return;
      await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
    },
  };
  if (values.ladder === true) {
    if (values['self-test'] === true) return testLadderOracle(common);
    const questions = values.questions === undefined ? {} : { questions: wholeNumber(values.questions) };
    const { store } = sizes;
    const ladder = { ...common, ...questions, ...(store !== undefined && { store }) };
    if (values.quick === true) return runLadder({ ...ladder, extent: 'quick' });
    if (values.full === true) return runLadder({ ...ladder, extent: 'full' });
    throw new Error(USAGE);
  }
  if (values['self-test'] === true) return runSelfTest(common);
  if (values.scenario !== undefined) return runScenario(values.scenario, common);
  if (values.quick === true) return runCampaigns({ ...common, ...sizes, extent: 'quick' });
  if (values.full === true) return runCampaigns({ ...common, ...sizes, extent: 'full' });
  throw new Error(USAGE);
}

const folder = await mkdtemp(join(tmpdir(), 'countersign-fault-'));
let isGood = false;
try {
  isGood = await run(folder);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
} finally {
  // What went wrong leaves its traces.
  if (isGood) await rm(folder, { recursive: true, force: true });
  else say(`Databases, logs and evidence are kept in ${folder}.`);
}
process.exitCode = isGood ? 0 : 1;
