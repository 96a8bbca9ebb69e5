import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

let folder: string;
let project: string;
let shipped: string[];
let simulator: string[];

/** The packages as a stranger gets them: packed, and installed in a plain ES module project. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-pack-'));
  project = join(folder, 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const both = ['--include-workspace-root', '--workspaces'];
  await run('npm', ['pack', ...both, '--pack-destination', folder], root);
  const tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  expect(tarballs.map((name) => name.replace(/-\d.*$/, '')).sort()).toEqual([
    'countersign',
    'countersign-openai-simulator',
    'create-countersign',
  ]);
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', ['install', ...quiet, ...tarballs.map((name) => join(folder, name))]);
  shipped = await filesOf('countersign');
  simulator = await filesOf('@countersign/openai-simulator');
}, 240_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

async function filesOf(name: string): Promise<string[]> {
  const installed = join(project, 'node_modules', name);
  const entries = await readdir(installed, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(installed, join(entry.parentPath, entry.name)).replaceAll(sep, '/'));
}

test.each([
  ['countersign', () => shipped],
  ['@countersign/openai-simulator', () => simulator],
])('%s holds what runs and nothing else', (_, files) => {
  const sources = files().filter(
    (path) => /\.[cm]?ts$/.test(path) && !path.endsWith('.d.ts') && !path.startsWith('templates/'),
  );
  expect(sources).toEqual([]);
  expect(files().filter((path) => /\.test\.|(^|\/)(test|bench|scripts)\//.test(path))).toEqual([]);
  expect(files().filter((path) => /(^|\/)\./.test(path))).toEqual([]);
  expect(files()).toEqual(
    expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/cli/main.js']),
  );
});

test('countersign comes with its workflow bundle and the refund desk', () => {
  expect(shipped).toContain('dist/workflow-bundle.js');
  expect(shipped).toContain('dist/examples/refund-desk/countersign.config.js');
});

test('the simulator comes with the schema of its scenarios', () => {
  expect(simulator).toContain('scenario.schema.json');
});

test.each([
  ['countersign', 'defineApp'],
  ['countersign/client', 'createClient'],
  ['countersign/worker', 'createWorker'],
  ['countersign/workflows', 'conversation'],
  ['countersign/gateway', 'createGateway'],
  ['@countersign/openai-simulator', 'createSimulator'],
  ['@countersign/openai-simulator/command', 'play'],
])('%s is imported from plain JavaScript and leads to dist', async (specifier, exported) => {
  const program = `const module = await import('${specifier}');
    console.log(JSON.stringify([typeof module.${exported}, import.meta.resolve('${specifier}')]));`;
  const [type, url] = JSON.parse(await node(program)) as [string, string];
  expect(type).toBe('function');
  const [, name] = /^((?:@[^/]+\/)?[^/]+)/.exec(specifier) ?? [];
  expect(url).toContain(`/node_modules/${name}/dist/`);
});

test('a strict TypeScript project compiles against the declarations', async () => {
  await copyFile(new URL('./consumer.ts', import.meta.url), join(project, 'consumer.ts'));
  const compilerOptions = {
    ...{
      target: 'es2024',
      lib: ['es2024'],
      types: ['node'],
      module: 'nodenext',
      moduleResolution: 'nodenext',
    },
    ...{ strict: true, exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: false },
  };
  await writeFile(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['consumer.ts'] }),
  );
  const output = await run(process.execPath, [tsc, '--project', project, '--pretty', 'false']).catch(
    (error: unknown) => (error as { stdout: string }).stdout,
  );
  // Declarations are checked too, ours and everybody's. Some dependencies do not pass without the DOM's types or a package of
  // types they do not declare; that is theirs, and why most projects set skipLibCheck.
  const theirs = /^node_modules\/(?!@?countersign\/)/;
  const problems = output.split('\n').filter((line) => / error TS\d+/.test(line) && !theirs.test(line));
  expect(problems).toEqual([]);
});

test('the command runs', async () => {
  expect(await run('npx', ['--no-install', 'countersign', '--help'])).toContain('Usage: countersign');
});

test('the simulator runs by its own name, plays, and ends when it is asked to', async () => {
  const help = await run('npx', ['--no-install', '@countersign/openai-simulator', '--help']);
  expect(help).toContain('Usage: openai-simulator');
  const child = spawn(join(project, 'node_modules/.bin/openai-simulator'), ['--port', '0'], {
    cwd: project,
    env: ownEnvironment(),
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

test('the demo runs from the package, workflows and example included', async () => {
  const output = await run('npx', ['--no-install', 'countersign', 'demo', '--decide', 'approve']);
  expect(output).toMatch(/approval\.approved/);
  expect(output).toMatch(/has been refunded/);
}, 120_000);

function node(program: string): Promise<string> {
  return run(process.execPath, ['--input-type=module', '--eval', program]);
}

/** Standard output of a command; rejects with both outputs when it fails. */
function run(command: string, args: string[], cwd = project): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, env: ownEnvironment(), maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(Object.assign(new Error(`${error.message}\n${stdout}\n${stderr}`), { stdout }));
    });
  });
}

/** Without what the test run has set for itself, and without a server or provider of the person who runs it. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(NODE_OPTIONS|NODE_ENV|VITEST|TEMPORAL_|COUNTERSIGN_|OPENAI_|npm_(package|lifecycle)_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
