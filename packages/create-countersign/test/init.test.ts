import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';

import { init } from '../src/cli/command.ts';
import { PROTOCOLS } from '../src/choices.ts';

let folder: string;
let said: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'create-countersign-'));
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(() => {
  said = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const written = (name: string, path: string): Promise<string> => readFile(join(folder, name, path), 'utf8');

test.each(PROTOCOLS)(
  '%s stands in the script, the test and the settings of its project',
  async (protocol) => {
    await init(join(folder, protocol), { yes: true, protocol });
    const { scripts } = JSON.parse(await written(protocol, 'package.json')) as {
      scripts: Record<string, string>;
    };
    expect(scripts.dev).toContain(`--provider ${protocol}`);
    expect(scripts.dev).toContain('--scenario scenario.json');
    expect(scripts.start).toContain(`--provider ${protocol}`);
    expect(await written(protocol, 'test/refund.test.ts')).toContain(`protocol: '${protocol}'`);
    expect(await written(protocol, '.env')).toContain(`COUNTERSIGN_PROVIDER=${protocol}\n`);
  },
);

test('a project has what it needs, without a gap in any file', async () => {
  await init(join(folder, 'whole'), { yes: true });
  const files = await readdir(join(folder, 'whole'), { recursive: true });
  expect(files.toSorted()).toEqual(
    [
      ...['.env', '.gitignore', 'README.md', 'compose.yml', 'countersign.config.ts', 'package.json'],
      ...['scenario.json', 'test', 'test/refund.test.ts', 'tsconfig.json'],
    ].toSorted(),
  );
  for (const file of files.filter((name) => name !== 'test'))
    expect(await written('whole', file)).not.toMatch(/%\w+%/);
  expect((await written('whole', 'README.md')).trimEnd().split('\n')).toHaveLength(10);
});

test('a folder with files is refused: they are named, with the remedy, and stay as they are', async () => {
  const used = join(folder, 'used');
  await mkdir(used);
  await writeFile(join(used, 'README.md'), 'mine');
  const refusal = init(used, { yes: true });
  await expect(refusal).rejects.toThrow(/is not empty: README\.md\..*Name a folder that is new or empty/);
  expect(await readdir(used)).toEqual(['README.md']);
  expect(await written('used', 'README.md')).toBe('mine');
});

test('a repository without files is a good place', async () => {
  await mkdir(join(folder, 'cloned', '.git'), { recursive: true });
  await init(join(folder, 'cloned'), { yes: true });
  expect(await written('cloned', 'package.json')).toContain('"name": "cloned"');
});

test('a file in the place of the folder is refused', async () => {
  await writeFile(join(folder, 'a-file'), '');
  await expect(init(join(folder, 'a-file'), { yes: true })).rejects.toThrow('a-file is a file');
});

test('OpenAI with a protocol it has ended is refused, with the ones it speaks', async () => {
  const refusal = init(join(folder, 'ended'), { yes: true, provider: 'openai', protocol: 'assistants' });
  await expect(refusal).rejects.toThrow(/--protocol assistants .*--protocol responses, chat or agents/);
  expect(await readdir(folder)).not.toContain('ended');
});

test('with OpenAI no simulator is started in containers, and no key is made up', async () => {
  await init(join(folder, 'openai'), { yes: true, provider: 'openai' });
  const settings = await written('openai', '.env');
  expect(settings).toContain('COMPOSE_PROFILES=\n');
  expect(settings).toContain('OPENAI_API_KEY=\n');
  expect(await written('openai', 'package.json')).not.toContain('--scenario');
  expect(await written('openai', 'README.md')).toContain('`OPENAI_API_KEY=… npm run dev`');
});

test('settings of a package manager are written for it alone', async () => {
  for (const packageManager of ['pnpm', 'yarn'] as const)
    await init(join(folder, `for-${packageManager}`), { yes: true, packageManager });
  expect(await readdir(join(folder, 'for-pnpm'))).toContain('pnpm-workspace.yaml');
  expect(await readdir(join(folder, 'for-pnpm'))).not.toContain('.yarnrc.yml');
  expect(await readdir(join(folder, 'for-yarn'))).toContain('.yarnrc.yml');
});

test.each([
  ['pnpm/10.0.0 npm/? node/v24.0.0', 'pnpm install', 'pnpm test'],
  ['yarn/4.0.0 npm/? node/v24.0.0', 'yarn install', 'yarn test'],
  ['', 'npm install', 'npm test'],
])('the next steps are those of the package manager that runs it: %s', async (agent, install, run) => {
  vi.stubEnv('npm_config_user_agent', agent);
  await init(join(folder, install), { yes: true });
  for (const step of [install, run]) expect(said).toContain(`\n  ${step}`);
});

test.each([
  ['two words', 'two-words', "'"],
  ['a$(id)', 'a-id', "'"],
  ["it's", 'it-s', "'"],
  ['项目', 'my-gate', ''],
  ['favicon.ico', 'my-gate', ''],
  ['x'.repeat(230), 'x'.repeat(214), ''],
])(
  'a folder called %s gives a name that npm takes, and a step that a shell takes',
  async (name, given, quote) => {
    await init(join(folder, 'odd', name), { yes: true });
    const manifest = JSON.parse(await written(join('odd', name), 'package.json')) as { name: string };
    expect(manifest.name).toBe(given);
    const [, step] = /\n {2}cd (.*)\n/.exec(said) ?? [];
    expect(execFileSync('sh', ['-c', `printf %s ${step}`], { encoding: 'utf8' })).toBe(
      relative('', join(folder, 'odd', name)),
    );
    expect(step?.startsWith(quote)).toBe(true);
  },
);
