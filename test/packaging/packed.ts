import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { downloadedBinary } from '../../src/cli/temporal/cache.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const QUIET = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];

/** Package managers beside npm, as a stranger's machine may have them. */
const MANAGERS = { pnpm: 'pnpm@12.21.0', yarn: '@yarnpkg/cli-dist@4.18.1' };
const PROGRAMS = { pnpm: 'pnpm/bin/pnpm.mjs', yarn: '@yarnpkg/cli-dist/bin/yarn.js' };

/** Our packages as a stranger gets them: packed, in a folder with nothing of this repository beside it. */
export interface Packed {
  /** File names of the tarballs. */
  tarballs: string[];
  /** A project that `create-countersign` wrote, installed with npm. */
  project: string;
  folder: string;
  /** Standard output of a command; rejects with both outputs when it fails. */
  run(command: string, args: string[], cwd?: string): Promise<string>;
  /** Lets the project of a folder install our tarballs in place of what a registry has. */
  useTarballs(project: string): Promise<void>;
  /** Runs another package manager. */
  manage(manager: keyof typeof MANAGERS, args: string[], cwd: string): Promise<string>;
  install(manager: keyof typeof MANAGERS, project: string): Promise<void>;
  env: NodeJS.ProcessEnv;
  remove(): Promise<void>;
}

export async function packAll(): Promise<Packed> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-pack-'));
  const project = join(folder, 'project');
  const tools = join(folder, 'tools');
  const env = await strangersEnvironment(folder);
  const run: Packed['run'] = (command, args, cwd = project) => execute(command, args, { cwd, env });

  await run('npm', ['run', '--silent', 'build'], root);
  const all = ['--include-workspace-root', '--workspaces', '--ignore-scripts'];
  await run('npm', ['pack', ...all, '--pack-destination', folder], root);
  const tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz')).sort();
  const places = Object.fromEntries(
    tarballs.map((name) => [nameOf(name), `file:${join(folder, name)}`] as const),
  );

  const manage: Packed['manage'] = (manager, args, cwd) =>
    run(process.execPath, [join(tools, 'node_modules', PROGRAMS[manager]), ...args], cwd);
  const packed: Packed = {
    ...{ tarballs, project, folder, run, env },
    async useTarballs(of) {
      const file = join(of, 'package.json');
      const manifest = JSON.parse(await readFile(file, 'utf8')) as Record<string, Record<string, string>>;
      for (const group of [manifest.dependencies, manifest.devDependencies]) {
        for (const [name, place] of Object.entries(places))
          if (group?.[name] !== undefined) group[name] = place;
      }
      // What our packages ask of each other: npm, then Yarn; pnpm reads a file of its own.
      Object.assign(manifest, { overrides: places, resolutions: places });
      await writeFile(file, JSON.stringify(manifest));
      const settings = join(of, 'pnpm-workspace.yaml');
      if (!existsSync(settings)) return;
      await writeFile(settings, `\noverrides: ${JSON.stringify(places)}\n`, { flag: 'a' });
    },
    install: async (manager, of) => {
      await manage(
        manager,
        ['install', ...(manager === 'pnpm' ? ['--store-dir', join(folder, 'store')] : [])],
        of,
      );
    },
    manage,
    remove: () => rm(folder, { recursive: true, force: true }),
  };

  await mkdir(tools);
  await writeFile(join(tools, 'package.json'), '{ "private": true }');
  const create = places['create-countersign'] ?? '';
  await run('npm', ['install', ...QUIET, create, ...Object.values(MANAGERS)], tools);
  await run('npx', ['--no-install', 'create-countersign', project, '--protocol', 'responses'], tools);
  await packed.useTarballs(project);
  await run('npm', ['install', ...QUIET]);
  return packed;
}

/** `countersign-openai-simulator-0.1.0.tgz` → `@countersign/openai-simulator`. */
function nameOf(tarball: string): string {
  return tarball.replace(/-\d.*$/, '').replace(/^countersign-/, '@countersign/');
}

/**
 * What a stranger's machine has: an empty home, nothing that the test run has set for itself, no server or provider of the person who
 * runs it. The Temporal CLI is found where it was kept, and the caches of npm are used, so that nothing is fetched twice.
 */
async function strangersEnvironment(folder: string): Promise<NodeJS.ProcessEnv> {
  const foreign =
    /^(CI$|GITHUB_ACTIONS$|NODE_OPTIONS|NODE_ENV|VITEST|TEMPORAL_|COUNTERSIGN_|OPENAI_|npm_(package|lifecycle)_)/;
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  const setting = async (name: string) =>
    (await execute('npm', ['config', 'get', name], { cwd: root, env: own })).trim();
  const [cache, userconfig, registry] = await Promise.all(['cache', 'userconfig', 'registry'].map(setting));
  const home = join(folder, 'home');
  const caches = join(folder, 'caches');
  await Promise.all([mkdir(home), mkdir(caches)]);
  const kept = dirname(dirname(downloadedBinary(process.env)));
  if (existsSync(kept)) await symlink(kept, join(caches, 'countersign'));
  return {
    ...own,
    ...{ HOME: home, XDG_CACHE_HOME: caches, npm_config_cache: cache, npm_config_userconfig: userconfig },
    ...{ YARN_NPM_REGISTRY_SERVER: registry, YARN_ENABLE_TELEMETRY: '0', YARN_COMPRESSION_LEVEL: '0' },
    ...(own.NODE_EXTRA_CA_CERTS && { YARN_HTTPS_CA_FILE_PATH: own.NODE_EXTRA_CA_CERTS }),
  };
}

function execute(
  command: string,
  args: string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { ...options, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(Object.assign(new Error(`${error.message}\n${stdout}\n${stderr}`), { stdout, stderr }));
    });
  });
}
