import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

interface Manifest {
  engines: { node: string };
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

interface Package {
  version?: string;
  resolved?: string;
  link?: boolean;
  optionalDependencies?: Record<string, string>;
}

interface Lockfile {
  packages: Record<string, Package>;
}

const manifest = read('package.json') as Manifest;
const lockfile = read('package-lock.json') as Lockfile;
/** Those of examples that have packages of their own are kept the same way. */
const lockfiles = ['.', 'examples/express-service', 'examples/nextjs-service'].map(
  (folder) => [folder, read(`${folder}/package-lock.json`) as Lockfile] as const,
);

test('all of Temporal is one exact version, declared and installed', () => {
  const declared = Object.entries(manifest.dependencies).filter(([name]) => name.startsWith('@temporalio/'));
  expect(declared.length).toBeGreaterThan(0);
  const versions = new Set(declared.map(([, version]) => version));
  expect([...versions]).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+$/)]);

  const installed = Object.entries(lockfile.packages)
    .filter(([path]) => /(^|\/)node_modules\/@temporalio\/[^/]+$/.test(path))
    .map(([, { version }]) => version);
  expect(new Set(installed)).toEqual(versions);
});

test('one copy of each Temporal package is installed', () => {
  const nested = Object.keys(lockfile.packages).filter((path) =>
    /node_modules\/.+\/node_modules\/@temporalio\//.test(path),
  );
  expect(nested).toEqual([]);
});

test('replay from JSON gets protobufjs 8, which must be the hoisted copy', () => {
  expect(lockfile.packages['node_modules/protobufjs']?.version).toMatch(/^8\./);
});

test.each(lockfiles)(
  'the lockfile of %s names no registry, so an install asks the one that is configured',
  (_, { packages }) => {
    // A package of this repository is a link to its folder.
    const named = Object.entries(packages).filter(
      ([, { resolved, link }]) => resolved !== undefined && link !== true,
    );
    expect(named).toEqual([]);
  },
);

test.each(lockfiles)(
  'the lockfile of %s has the packages of every platform, which `npm ci` insists on',
  (_, { packages }) => {
    const paths = Object.keys(packages);
    const missing = Object.values(packages)
      .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
      .filter((name) => !paths.some((path) => path.endsWith(`node_modules/${name}`)));
    expect(missing).toEqual([]);
  },
);

test('Node versions that run TypeScript themselves are asked for, and one of them comes with the development packages', () => {
  expect(manifest.engines.node).toBe('>=22.18');
  expect(manifest.devDependencies.node).toMatch(/^\^24\./);
  expect(lockfile.packages['node_modules/node']?.version).toMatch(/^24\./);
});

function read(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'));
}
