import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';

import { publint } from 'publint';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { isNodeTooOld } from '../../src/cli/node-version.ts';
import { packAll, type Packed } from './packed.ts';

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

const TARBALLS = [
  'countersign',
  'countersign-openai-simulator',
  'countersign-receipts',
  'create-countersign',
];
let packed: Packed;
let project: string;

beforeAll(async () => {
  packed = await packAll();
  project = packed.project;
  expect(packed.tarballs.map((name) => name.replace(/-\d.*$/, ''))).toEqual(TARBALLS);
}, 240_000);

afterAll(() => packed.remove());

async function filesOf(name: string): Promise<string[]> {
  const installed = join(project, 'node_modules', name);
  const entries = await readdir(installed, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(installed, join(entry.parentPath, entry.name)).replaceAll(sep, '/'));
}

test.each(['countersign', '@countersign/openai-simulator', '@countersign/receipts', 'create-countersign'])(
  '%s holds what runs and nothing else',
  async (name) => {
    const files = await filesOf(name);
    // Examples and templates are what somebody reads and copies.
    const ours = files.filter((path) => !/^(examples|templates)\//.test(path));
    const stray = /(?<!\.d)\.[cm]?ts$|\.test\.|(^|\/)(test|bench|scripts)\//;
    expect(ours.filter((path) => stray.test(path))).toEqual([]);
    expect(files.filter((path) => /(^|\/)\./.test(path))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/cli/main.js']),
    );
  },
);

test('countersign comes with its workflow bundle, the refund desk, and the examples its pages name', async () => {
  const files = await filesOf('countersign');
  expect(files).toContain('examples/quickstart/countersign.config.ts');
  expect(files.filter((path) => /^examples\/.*(node_modules|dist)\//.test(path))).toEqual([]);
  expect(files).toContain('dist/workflow-bundle.js');
  expect(files).toContain('dist/examples/refund-desk/countersign.config.js');
  expect(await filesOf('@countersign/openai-simulator')).toContain('scenario.schema.json');
});

test.concurrent.each(TARBALLS)(
  'npm would publish %s as it is, and publint finds nothing in it',
  async (name) => {
    const file = join(
      packed.folder,
      packed.tarballs.find((tarball) => tarball.startsWith(`${name}-0`)) ?? '',
    );
    // A dry run can do without a registry: this one is not there.
    const nowhere = ['--registry=http://127.0.0.1:9', '--fetch-retries=0'];
    const dryRun = ['publish', file, '--dry-run', '--loglevel=warn', ...nowhere];
    expect(await run('npm', dryRun)).toMatch(/^\+ \S+@\d/);
    const tarball = new Uint8Array(await readFile(file)).buffer;
    const { messages } = await publint({ pack: { tarball } });
    expect(messages).toEqual([]);
  },
);

test('every entry is imported and required from plain JavaScript, and leads to dist', async () => {
  const entries = {
    countersign: 'defineApp',
    'countersign/client': 'createClient',
    'countersign/worker': 'createWorker',
    'countersign/workflows': 'conversation',
    'countersign/gateway': 'createGateway',
    'countersign/store': 'openStore',
    'countersign/testing': 'startGate',
    'create-countersign': 'init',
    '@countersign/receipts': 'verifyExport',
    '@countersign/openai-simulator': 'createSimulator',
    '@countersign/openai-simulator/command': 'play',
  };
  const program = `import { createRequire } from 'node:module';
    const require = createRequire(import.meta.url);
    for (const [specifier, exported] of Object.entries(${JSON.stringify(entries)})) {
      const module = await import(specifier);
      const isSame = require(specifier)[exported] === module[exported];
      console.log(specifier, typeof module[exported], isSame, import.meta.resolve(specifier).split('/node_modules/')[1]);
    }`;
  const lines = (await run(process.execPath, ['--input-type=module', '--eval', program])).trim().split('\n');
  const found = Object.keys(entries).map((specifier) => {
    const [name = ''] = /^(?:@[^/]+\/)?[^/]+/.exec(specifier) ?? [];
    return expect.stringMatching(`^${specifier} function true ${name}/dist/`) as string;
  });
  expect(lines).toEqual(found);
});

test('a strict TypeScript project compiles against the declarations, and so does the one that was written', async () => {
  await copyFile(new URL('./consumer.ts', import.meta.url), join(project, 'consumer.ts'));
  // The project's own settings, but for what they leave unread.
  const settings = { extends: './tsconfig.json', compilerOptions: { skipLibCheck: false } };
  await writeFile(join(project, 'tsconfig.consumer.json'), JSON.stringify(settings));
  const output = await run(process.execPath, [
    tsc,
    '--project',
    'tsconfig.consumer.json',
    '--pretty',
    'false',
  ]).catch((error: unknown) => (error as { stdout: string }).stdout);
  // Declarations are checked too, ours and everybody's. Some dependencies do not pass without the DOM's types or a package of
  // types they do not declare; that is theirs, and why most projects set skipLibCheck.
  const theirs = /^node_modules\/(?!@?countersign\/)/;
  const problems = output.split('\n').filter((line) => / error TS\d+/.test(line) && !theirs.test(line));
  expect(problems).toEqual([]);
});

test('the simulator runs by its own name, plays, and ends when it is asked to', async () => {
  const help = await run('npx', ['--no-install', '@countersign/openai-simulator', '--help']);
  expect(help).toContain('Usage: openai-simulator');
  const child = spawn(join(project, 'node_modules/.bin/openai-simulator'), ['--port', '0'], {
    cwd: project,
    env: packed.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let said = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    said += String(chunk);
    if (said.includes('\n')) break;
  }
  const url = /http:\S+\/v1/.exec(said)?.[0];
  const answer = await fetch(`${url}/models`, { headers: { authorization: 'Bearer any' } });
  expect(answer.status).toBe(200);
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  await expect(fetch(`${url}/models`)).rejects.toThrow();
}, 60_000);

test('the verifier runs by its own name, on the export that comes with it', async () => {
  const examples = join(project, 'node_modules/@countersign/receipts/examples');
  const call = ['verify', join(examples, 'record.ndjson'), '--keys', join(examples, 'keys.json')];
  expect(await run('npx', ['--no-install', '@countersign/receipts', ...call])).toContain(
    '✓ Nothing was changed',
  );
});

test('the demo runs from the package, workflows and example included', async () => {
  const output = await run('npx', ['--no-install', 'countersign', 'demo', '--decide', 'respond']);
  expect(output).toMatch(/approval\.requested/);
  expect(output).toContain('Ask the customer for a photo first');
}, 120_000);

test('what create-countersign wrote passes its own test: npm, responses', async () => {
  expect(await run('npm', ['test'])).toMatch(/pass 2\n/);
}, 120_000);

test.each([
  ['pnpm', 'chat'],
  ['yarn', 'assistants'],
] as const)(
  'what countersign init writes passes its own test: %s, %s',
  async (manager, protocol) => {
    const written = join(packed.folder, manager);
    const options = ['--protocol', protocol, '--package-manager', manager];
    await run('npx', ['--no-install', 'countersign', 'init', written, ...options]);
    await packed.useTarballs(written);
    if (manager === 'yarn') await writeFile(join(written, 'yarn.lock'), ''); // a project of its own, whatever lies above
    await packed.install(manager, written);
    expect(await packed.manage(manager, ['test'], written)).toMatch(/pass 2\n/);
  },
  240_000,
);

test('init leaves a folder with files alone', async () => {
  const before = await readFile(join(project, 'package.json'), 'utf8');
  const refusal = run('npx', ['--no-install', 'countersign', 'init', project, '--yes']);
  await expect(refusal).rejects.toMatchObject({
    stderr: expect.stringMatching(/is not empty: \.env, .*Name a folder/) as unknown,
  });
  expect(await readFile(join(project, 'package.json'), 'utf8')).toBe(before);
});

const oldNode = await findOldNode();

test.skipIf(oldNode === null).each(['countersign', 'create-countersign'])(
  'on a Node that is too old %s says so in one line',
  async (name) => {
    const program = join(project, 'node_modules', name, 'dist/cli/main.js');
    const { stderr } = await run(oldNode ?? '', [program, '--help']).then(
      () => expect.unreachable(),
      (error: unknown) => error as { stderr: string },
    );
    expect(stderr).toMatch(/^\S+ needs Node\.js 22\.18 or later, and this is .*nvm install 24.*\n$/);
  },
);

/** The machine's own Node, when it is one that cannot run us; npm scripts have another one first on the PATH. */
async function findOldNode(): Promise<string | null> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((path) => !path.includes('node_modules'));
  for (const path of folders) {
    const file = join(path, 'node');
    const version = await promisify(execFile)(file, ['--version']).catch(() => null);
    if (version !== null) return isNodeTooOld(version.stdout.trim().slice(1)) ? file : null;
  }
  return null;
}

const run: Packed['run'] = (...call) => packed.run(...call);
