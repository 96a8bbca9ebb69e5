import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { isNodeTooOld, tooOldNode } from '../../../src/cli/node-version.ts';

test('the oldest Node that is let in is the one package.json asks for', () => {
  const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  const { engines } = JSON.parse(manifest) as { engines: { node: string } };
  const [, oldest = ''] = /^>=(\d+\.\d+)$/.exec(engines.node) ?? [];
  expect(isNodeTooOld(`${oldest}.0`)).toBe(false);
  expect(tooOldNode()).toContain(`Node.js ${oldest} or later`);
});

test.each([
  ['20.20.2', true],
  ['22.17.1', true],
  ['22.18.0', false],
  ['23.0.0', false],
  ['24.21.0', false],
])('Node %s is too old: %s', (version, tooOld) => {
  expect(isNodeTooOld(version)).toBe(tooOld);
});

test('one line says what was found, what is needed and the remedy', () => {
  const line = tooOldNode('20.20.2');
  expect(line.split('\n')).toHaveLength(1);
  expect(line).toContain('22.18');
  expect(line).toContain('20.20.2');
  expect(line).toContain('nvm install 24');
});
