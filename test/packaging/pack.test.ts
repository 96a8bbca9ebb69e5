import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

let folder: string;
let project: string;
let shipped: string[];

/** The package as a stranger gets it: packed, and installed in a plain ES module project. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-pack-'));
  project = join(folder, 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  await run('npm', ['pack', '--pack-destination', folder], root);
  const packages = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  expect(packages).toHaveLength(1);
  const tarball = join(folder, packages[0]!);
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', ['install', ...quiet, tarball]);
  const installed = await readdir(join(project, 'node_modules/countersign'), {
    recursive: true,
    withFileTypes: true,
  });
  shipped = installed
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).split(`${sep}countersign${sep}`).at(-1)!)
    .map((path) => path.replaceAll(sep, '/'));
}, 240_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test('the package holds what runs and nothing else', () => {
  const sources = shipped.filter((path) => /\.[cm]?ts$/.test(path) && !path.endsWith('.d.ts'));
  expect(sources).toEqual([]);
  expect(shipped.filter((path) => /\.test\.|(^|\/)(test|bench|scripts)\//.test(path))).toEqual([]);
  expect(shipped.filter((path) => /(^|\/)\./.test(path))).toEqual([]);
  expect(shipped).toEqual(
    expect.arrayContaining(['LICENSE', 'package.json', 'dist/cli/main.js', 'dist/workflow-bundle.js']),
  );
  expect(shipped).toContain('dist/examples/refund-desk/countersign.config.js');
});

test.each([
  ['countersign', 'defineApp'],
  ['countersign/client', 'createClient'],
  ['countersign/worker', 'createWorker'],
  ['countersign/workflows', 'conversation'],
  ['countersign/gateway', 'createGateway'],
  ['countersign/simulator', 'createSimulator'],
])('%s is imported from plain JavaScript and leads to dist', async (specifier, name) => {
  const program = `const module = await import('${specifier}');
    console.log(JSON.stringify([typeof module.${name}, import.meta.resolve('${specifier}')]));`;
  const [type, url] = JSON.parse(await node(program)) as [string, string];
  expect(type).toBe('function');
  expect(url).toContain('/node_modules/countersign/dist/');
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
  const theirs = /^node_modules\/(?!countersign\/)/;
  const problems = output.split('\n').filter((line) => / error TS\d+/.test(line) && !theirs.test(line));
  expect(problems).toEqual([]);
});

test('the command runs', async () => {
  expect(await run('npx', ['--no-install', 'countersign', '--help'])).toContain('Usage: countersign');
});

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
