import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { projectName, type Choices, type PackageManager } from './choices.ts';
import { VERSIONS } from './versions.ts';

const templates = fileURLToPath(new URL('../templates', import.meta.url));

interface Commands {
  install: string;
  test: string;
  dev: string;
  countersign: string;
}

const COMMANDS: Record<PackageManager, Commands> = {
  npm: { install: 'npm install', test: 'npm test', dev: 'npm run dev', countersign: 'npx countersign' },
  pnpm: { install: 'pnpm install', test: 'pnpm test', dev: 'pnpm dev', countersign: 'pnpm exec countersign' },
  yarn: { install: 'yarn install', test: 'yarn test', dev: 'yarn dev', countersign: 'yarn countersign' },
  bun: { install: 'bun install', test: 'bun run test', dev: 'bun run dev', countersign: 'bunx countersign' },
};

/** What a person types in a project, with their package manager. */
export function commandsOf({ packageManager }: Pick<Choices, 'packageManager'>): Commands {
  return COMMANDS[packageManager];
}

/** Settings of one package manager, which the others do not get. */
const ONLY_FOR: Readonly<Record<string, PackageManager>> = {
  'pnpm-workspace.yaml': 'pnpm',
  'dot-yarnrc.yml': 'yarn',
};

/** The files of a project: paths with `/`, and what stands in them. */
export function renderProject(choices: Choices): Map<string, string> {
  const values = valuesOf(choices);
  const names = readdirSync(templates, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(templates.length + 1))
    .filter((name) => (ONLY_FOR[name] ?? choices.packageManager) === choices.packageManager);
  return new Map(names.sort().map((name) => [pathOf(name), fill(name, values)]));
}

/** Files that npm or an editor would take for its own in our package have other names: `_package.json`, `dot-gitignore`. */
function pathOf(template: string): string {
  return template.replaceAll(sep, '/').replace(/^_/, '').replace(/^dot-/, '.');
}

function fill(template: string, values: Readonly<Record<string, string>>): string {
  const text = readFileSync(join(templates, template), 'utf8');
  return text.replaceAll(/%(\w+)%/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`The template ${template} has %${name}%, which nothing fills.`);
    return value;
  });
}

function valuesOf(choices: Choices): Record<string, string> {
  const { folder, provider, protocol } = choices;
  const { install, test, dev, countersign } = commandsOf(choices);
  const usesSimulator = provider === 'simulator';
  return {
    ...VERSIONS,
    ...{ name: projectName(folder), protocol, install, test, dev, countersign },
    key: usesSimulator ? '' : 'OPENAI_API_KEY=… ',
    // What the simulated model does is of no use to OpenAI.
    scenario: usesSimulator ? ' --scenario scenario.json' : '',
    provider: usesSimulator ? 'the simulator' : 'OpenAI',
    profiles: usesSimulator ? 'simulator' : '',
    apiKey: usesSimulator ? 'simulator' : '',
    baseUrl: usesSimulator ? 'http://simulator:8090/v1' : '',
  };
}
