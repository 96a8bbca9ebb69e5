import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, test } from 'vitest';

import { root } from '../docs/markdown.ts';
import { SEARCH_ATTRIBUTES } from '../../src/contracts/search/attributes.ts';

/** What holds of the house, whoever builds on: where files stand, and who may reach whom. */

const sources = ['src', ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/src`)].flatMap(
  (folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
);

test('at the root of src stand the four doors only', () => {
  const loose = sources.filter((file) => dirname(file) === 'src');
  expect(loose.toSorted()).toEqual(['src/client.ts', 'src/config.ts', 'src/index.ts', 'src/worker.ts']);
});

test('no folder has more than 25 files beside each other', () => {
  const crowded = [...Map.groupBy(sources, (file) => dirname(file))].filter(([, files]) => files.length > 25);
  expect(crowded.map(([folder, files]) => `${folder}: ${files.length}`)).toEqual([]);
});

test('imports make no circle and point down, types counted', () => {
  const { status, stdout } = spawnSync('npm', ['run', '-s', 'imports'], { cwd: root, encoding: 'utf8' });
  expect(stdout).toContain('no dependency violations found');
  expect(status).toBe(0);
});

test('the pages say how many search attributes a namespace needs', () => {
  const words = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
  const text = readFileSync(join(root, 'docs/deployment.md'), 'utf8');
  const said = [...text.matchAll(/the (\w+) search attributes/g)].map(([, word = '']) => words.indexOf(word));
  expect(said.length).toBeGreaterThan(0);
  expect(new Set(said)).toEqual(new Set([Object.keys(SEARCH_ATTRIBUTES).length]));
});
