import { basename, resolve } from 'node:path';

import { InitError } from './init-error.ts';

export const PROVIDERS = ['simulator', 'openai'] as const;
export type Provider = (typeof PROVIDERS)[number];

export const PROTOCOLS = ['responses', 'chat', 'assistants', 'agents'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export const PACKAGE_MANAGERS = ['npm', 'pnpm', 'yarn', 'bun'] as const;
export type PackageManager = (typeof PACKAGE_MANAGERS)[number];

/** Everything that a project is written from. */
export interface Choices {
  folder: string;
  provider: Provider;
  protocol: Protocol;
  packageManager: PackageManager;
}

/** What a person has said so far, by options. */
export type Said = Partial<Choices>;

export const DEFAULTS = { folder: 'my-gate', provider: 'simulator', protocol: 'responses' } as const;

/** OpenAI ended its Assistants API on 2026-08-26. */
export function protocolsOf(provider: Provider): readonly Protocol[] {
  return provider === 'openai' ? PROTOCOLS.filter((protocol) => protocol !== 'assistants') : PROTOCOLS;
}

/** @throws InitError for a provider that does not speak the protocol. */
export function checkPair(provider: Provider, protocol: Protocol): void {
  const spoken = protocolsOf(provider);
  if (spoken.includes(protocol)) return;
  throw new InitError(
    `--protocol ${protocol} does not go with --provider ${provider}: OpenAI ended its Assistants API on 2026-08-26. ` +
      `Use --protocol ${anyOf(spoken)}, or --provider simulator for a server that still speaks it.`,
  );
}

/** `a, b or c`. */
const anyOf = (names: readonly string[]): string =>
  [names.slice(0, -1).join(', '), names.at(-1)].join(' or ');

/** The package manager that runs this program, by what it tells its children; npm when nobody does. */
export function runningPackageManager(env: Readonly<Record<string, string | undefined>>): PackageManager {
  const [name] = (env.npm_config_user_agent ?? '').split('/');
  return PACKAGE_MANAGERS.find((manager) => manager === name) ?? 'npm';
}

/** What npm takes for no name of a package, and how long one may be. */
const REFUSED = new Set(['node_modules', 'favicon.ico']);
const MOST_CHARACTERS = 214;

/** A name for package.json, from the folder's. */
export function projectName(folder: string): string {
  const name = basename(resolve(folder))
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/^[._-]+|[._-]+$/g, '');
  return name === '' || REFUSED.has(name) ? DEFAULTS.folder : name.slice(0, MOST_CHARACTERS);
}
