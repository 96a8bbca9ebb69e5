import { readFileSync } from 'node:fs';

import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

import { SEARCH_ATTRIBUTES } from '../../../src/contracts/search/attributes.ts';
import { PROTOCOLS } from '../../../src/contracts/run.ts';

/** What `countersign init` writes, held against what it cannot import: the rest of this repository. */
const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const template = (name: string): string => read(`packages/create-countersign/templates/${name}`);

interface Manifest {
  version: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

test('a project gets the versions that countersign is built with', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Manifest;
  const source = read('packages/create-countersign/src/versions.ts');
  const { typescript = '', zod = '' } = { ...dependencies, ...devDependencies };
  for (const version of [zod, typescript, devDependencies['@types/node']])
    expect(source).toContain(`'${version}'`);
});

test('all packages have one version', () => {
  const versions = [
    '',
    'packages/create-countersign/',
    'packages/openai-simulator/',
    'packages/receipts/',
  ].map((folder) => (JSON.parse(read(`${folder}package.json`)) as Manifest).version);
  expect(new Set(versions).size).toBe(1);
});

test('a project can have every protocol', () => {
  const source = read('packages/create-countersign/src/choices.ts');
  for (const protocol of PROTOCOLS) expect(source).toContain(`'${protocol}'`);
});

test('its compose file is one, and its Temporal server has our search attributes', () => {
  const compose = parse(template('compose.yml'), { merge: true }) as {
    services: Record<string, { command: string[] }>;
  };
  const schema = JSON.parse(read('test/deploy/compose-spec.json')) as object;
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  expect(ajv.validate(schema, withoutExtensions(compose)), ajv.errorsText()).toBe(true);
  const registered = compose.services.temporal?.command.flatMap(
    (option) => /^--search-attribute=(\w+=\w+)$/.exec(option)?.[1]?.toLowerCase() ?? [],
  );
  const wanted = Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) =>
    `${name}=${type.replace('_', '')}`.toLowerCase(),
  );
  expect(registered?.toSorted()).toEqual(wanted.toSorted());
});

/** Extensions are allowed by the specification, and hold no service. */
function withoutExtensions(compose: object): object {
  return Object.fromEntries(Object.entries(compose).filter(([name]) => !name.startsWith('x-')));
}
