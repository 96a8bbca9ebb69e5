/**
 * One version for all packages, and wherever else it stands.
 *
 *   node scripts/set-version.ts 0.2.0            writes it; then `npm install` for the lockfile
 *   node scripts/set-version.ts --check 0.2.0    says where another one stands, with exit code 1
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

interface Manifest {
  name: string;
  version: string;
  dependencies: Record<string, string>;
}

const root = new URL('../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const [version = '', isCheck] = [process.argv.at(-1), process.argv.includes('--check')];
if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) {
  console.error('Name a version, such as 0.2.0 or 1.0.0-rc.1.');
  process.exit(1);
}

const manifests = [
  'package.json',
  ...readdirSync(new URL('packages', root)).map((name) => `packages/${name}/package.json`),
];
const names = manifests.map((path) => (JSON.parse(read(path)) as Manifest).name);

const wanted = new Map<string, string>();
for (const path of manifests) {
  const manifest = JSON.parse(read(path)) as Manifest;
  manifest.version = version;
  for (const name of names) if (name in manifest.dependencies) manifest.dependencies[name] = version;
  wanted.set(path, `${JSON.stringify(manifest, null, 2)}\n`);
}
const compose = 'docker-compose.yml';
wanted.set(compose, read(compose).replace(/(COUNTERSIGN_VERSION:-)[^}]+/, `$1${version}`));

const problems = [...wanted]
  .filter(([path, text]) => read(path) !== text)
  .map(([path]) => `${path} has another version.`);
if (!isCheck) {
  for (const [path, text] of wanted) writeFileSync(new URL(path, root), text);
  console.log(
    `All is ${version} now. Next: npm install, and a heading "## [${version}] - <date>" in CHANGELOG.md.`,
  );
} else {
  if (!read('CHANGELOG.md').includes(`\n## [${version}]`))
    problems.push(`CHANGELOG.md has no "## [${version}]".`);
  if (!read('package-lock.json').includes(`"version": "${version}"`))
    problems.push('package-lock.json is older.');
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
