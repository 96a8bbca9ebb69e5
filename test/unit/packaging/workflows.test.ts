import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

import { expect, test } from 'vitest';
import { parse } from 'yaml';

/** What runs on GitHub, as far as it can be held to something here. */
const root = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<string, { permissions?: Record<string, string>; steps: { uses?: string; run?: string }[] }>;
}

const files = readdirSync(new URL('.github/workflows', root));
const texts = files.map((name) => [name, read(`.github/workflows/${name}`)] as const);
const workflows = texts.map(([name, text]) => [name, parse(text) as Workflow] as const);

test('there are workflows for changes, releases and CodeQL', () => {
  expect(files.toSorted()).toEqual(['ci.yml', 'codeql.yml', 'release.yml']);
});

test('every action is pinned by its commit, with its version beside it, and has one pin', () => {
  const uses = texts.flatMap(([, text]) =>
    [...text.matchAll(/uses: (\S+)(.*)/g)].map(([, ref = '', rest = '']) => ref + rest),
  );
  expect(uses.filter((use) => !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(use))).toEqual([]);
  const pins = Map.groupBy(new Set(uses), (use) => use.split('@')[0]);
  expect([...pins].filter(([, versions]) => versions.length > 1)).toEqual([]);
});

test.each(workflows)('%s may only read, but for the jobs that say what they write', (_, { permissions }) => {
  expect(permissions).toEqual({ contents: 'read' });
});

test('what may publish builds nothing and runs no code of a dependency', () => {
  const [, release] = workflows.find(([name]) => name === 'release.yml') ?? [];
  const publishers = Object.values(release?.jobs ?? {}).filter(
    ({ permissions }) => permissions?.['id-token'] === 'write',
  );
  expect(publishers).toHaveLength(1);
  const commands = publishers.flatMap(({ steps }) => steps.map(({ run = '' }) => run)).join('\n');
  expect(commands).toContain('npm publish "$file" --provenance');
  expect(commands).not.toMatch(/npm (ci|install|run|test)/);
});

test('no workflow knows a token or a registry', () => {
  const all = texts.map(([, text]) => text).join('\n');
  expect(all).not.toMatch(/secrets\.|NODE_AUTH_TOKEN|_authToken|registry-url|https?:\/\/registry/);
});

test('every npm script and every script file that a workflow runs exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const all = texts.map(([, text]) => text).join('\n');
  const named = [...all.matchAll(/npm run (?:--?\w+ )*([a-z][\w:-]*)/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

test('dependabot looks after every ecosystem there is', () => {
  const { updates } = parse(read('.github/dependabot.yml')) as { updates: { 'package-ecosystem': string }[] };
  const ecosystems = new Set(updates.map((update) => update['package-ecosystem']));
  expect(ecosystems).toEqual(new Set(['npm', 'github-actions', 'docker', 'docker-compose']));
});

test('all that is installed with our packages has a licence that is allowed', () => {
  const { stderr, status } = script('licences.ts', '--check');
  expect([stderr, status]).toEqual(['', 0]);
  expect(script('licences.ts').stdout).toContain('\nopenai ');
});

test('one version stands everywhere, and a release of another one is refused with the files to change', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect(script('set-version.ts', '--check', version).stderr).not.toContain('package.json');
  const other = script('set-version.ts', '--check', '99.0.0');
  expect(other.status).toBe(1);
  for (const file of ['package.json', 'docker-compose.yml', 'CHANGELOG.md', 'package-lock.json'])
    expect(other.stderr).toContain(`${file} `);
});

function script(name: string, ...args: string[]) {
  return spawnSync(process.execPath, [`scripts/${name}`, ...args], { cwd: root, encoding: 'utf8' });
}
