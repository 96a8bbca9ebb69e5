import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import '../../src/config.ts';
import { allVariables } from '../../src/config/variables.ts';
import { firstColumn, pages, readText, root } from './markdown.ts';

/** What reads Temporal's own variables. */
const ENVCONFIG = 'node_modules/@temporalio/envconfig/lib';

const REFERENCE = 'docs/reference/configuration.md';
const table = firstColumn(readText(REFERENCE), 'variable').flatMap((cell) =>
  [...cell.matchAll(/`([A-Z_*]+)`/g)].map(([, name = '']) => name),
);

test('each variable of ours has one reader', () => {
  const read = allVariables().map(({ name }) => name);
  expect(read).toEqual([...new Set(read)]);
});

test('the variables of Temporal the reference lists are ones Temporal reads', () => {
  const theirs = readdirSync(join(root, ENVCONFIG))
    .filter((file) => file.endsWith('.js'))
    .map((file) => readText(`${ENVCONFIG}/${file}`))
    .join('\n');
  const listed = table.filter((name) => name.startsWith('TEMPORAL_'));
  expect(listed).toContain('TEMPORAL_ADDRESS');
  expect(listed.filter((name) => !theirs.includes(name.replace('*', '')))).toEqual([]);
});

test('pages name no variable of ours that is not in the reference', () => {
  const named = pages()
    .filter((page) => !page.startsWith('test/'))
    .flatMap((page) => readText(page).match(/\bCOUNTERSIGN_[A-Z_]*[A-Z]\b/g) ?? []);
  // For docker-compose.yml, which reads them, for the tests, or set for tools: docs/deployment.md, test/setup/global.ts, docs/guides/verify.md.
  const others = /^COUNTERSIGN_(?:APPLICATION|PORT|VERSION|TEST_|VERIFY$)/;
  const unknown = [...new Set(named)].filter((name) => !table.includes(name) && !others.test(name));
  expect(unknown).toEqual([]);
});
