/**
 * The licences of everything that is installed with our packages, from the lockfile, which has the packages of every platform.
 *
 *   node scripts/licences.ts            a list, a package a line
 *   node scripts/licences.ts --check    nothing, or what is not allowed, and exit code 1
 */
import { readFileSync } from 'node:fs';

interface Locked {
  version?: string;
  license?: string;
  dev?: boolean;
  link?: boolean;
}

/** Permissive ones: whoever ships a service with them has to name them, and nothing more. */
const ALLOWED = new Set([
  ...[
    '0BSD',
    'Apache-2.0',
    'BlueOak-1.0.0',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'CC-BY-4.0',
    'CC0-1.0',
    'ISC',
    'MIT',
    'MIT-0',
  ],
  ...['Python-2.0', 'Unlicense', 'Zlib'],
]);

/** Packages whose manifest does not say what their LICENSE file says. */
const READ_BY_HAND: Readonly<Record<string, string>> = { unionfs: 'Unlicense' };

/** MPL-2.0: whoever changes a file of it passes that file on. We use it as it is. */
const UNCHANGED = new Set(['web-push']);

const lockfile = new URL('../package-lock.json', import.meta.url);
const { packages } = JSON.parse(readFileSync(lockfile, 'utf8')) as { packages: Record<string, Locked> };

const shipped = Object.entries(packages)
  .filter(([path, { dev, link }]) => path.includes('node_modules/') && dev !== true && link !== true)
  .map(([path, { version = '', license }]) => {
    const name = path.replace(/^.*node_modules\//, '');
    return { name, version, licence: license ?? READ_BY_HAND[name] ?? 'unknown' };
  });

if (process.argv.includes('--check')) {
  const refused = shipped.filter(({ name, licence }) => !UNCHANGED.has(name) && !isAllowed(licence));
  for (const { name, version, licence } of refused)
    console.error(`${name} ${version} is under "${licence}", which scripts/licences.ts does not allow.`);
  if (refused.length > 0) {
    console.error('Use another package. Or read its licence, and add it to ALLOWED or READ_BY_HAND there.');
    process.exitCode = 1;
  }
} else {
  for (const { name, version, licence } of shipped) console.log(`${name} ${version}: ${licence}`);
}

/** SPDX: with OR one of them is enough, with AND it needs all. */
function isAllowed(expression: string): boolean {
  const plain = expression.replaceAll(/[()]/g, '');
  return plain
    .split(' OR ')
    .some((all) => all.split(' AND ').every((licence) => ALLOWED.has(licence.trim())));
}
