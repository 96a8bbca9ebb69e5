import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Adds the optional packages of other platforms to package-lock.json that npm left out because the registry it asked has no
 * copy of them: `npm ci` refuses a lockfile without them. Run it after every change of the dependencies; an argument names a folder with
 * a lockfile of its own, such as `examples/express-service`.
 */

interface Entry {
  version?: string;
  optional?: boolean;
  dev?: boolean;
  license?: string;
  engines?: Record<string, string>;
  libc?: string[];
  os?: string[];
  cpu?: string[];
  optionalDependencies?: Record<string, string>;
}

const PLATFORM =
  /-(?<os>android|darwin|freebsd|linux|openharmony|win32)-(?<cpu>arm64|arm|x64|ia32|ppc64|s390x|riscv64)(?:-(?<abi>\w+))?$/;

const [folder = '.'] = process.argv.slice(2);
const file = new URL(`../${folder}/package-lock.json`, import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Entry> };
const known = (name: string): boolean =>
  Object.keys(lock.packages).some((path) => path.endsWith(`node_modules/${name}`));

let added = 0;
for (const { optionalDependencies = {} } of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (known(name)) continue;
    lock.packages[`node_modules/${name}`] = toEntry(name, version);
    added += 1;
  }
}
const { '': root = {}, ...packages } = lock.packages;
const sorted = Object.entries(packages).sort(([one], [other]) => one.localeCompare(other, 'en'));
lock.packages = { '': root, ...Object.fromEntries(sorted) };
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} packages of other platforms added.`);

function toEntry(name: string, version: string): Entry {
  const { os, cpu, abi = '' } = PLATFORM.exec(name)?.groups ?? {};
  if (os === undefined || cpu === undefined || !/^\d+\.\d+\.\d+$/.test(version)) {
    throw new Error(
      `${name} ${version} is missing and is no package of another platform: run "npm install" again.`,
    );
  }
  // What packages of one family have in common is taken from one that is there.
  const family = `node_modules/${name.replace(PLATFORM, '-')}`;
  const sibling = Object.entries(lock.packages).find(([path]) => path.startsWith(family))?.[1] ?? {};
  const { dev, license, engines } = sibling;
  const libc =
    os !== 'linux' || sibling.libc === undefined ? undefined : [abi.startsWith('musl') ? 'musl' : 'glibc'];
  return {
    version,
    cpu: [cpu],
    ...(dev && { dev }),
    ...(libc && { libc }),
    ...(license !== undefined && { license }),
    optional: true,
    os: [os],
    ...(engines && { engines }),
  };
}
