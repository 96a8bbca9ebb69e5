/**
 * How a person calls the command line from where they are, for messages that name a command:
 *
 *   from the sources                 npm run countersign -- dev     the script of this repository
 *   from a project's node_modules    npx countersign dev            or what the project's package manager has in its place
 *   installed for the whole machine  countersign dev                also in our image
 *
 * @param command such as `dev`, with its arguments
 */
export function howToCall(command: string, from: Surroundings = process): string {
  return `${prefix(from)} ${command}`;
}

/** How a person adds a package to the project they are in. */
export function howToInstall(name: string, { env }: Pick<Surroundings, 'env'> = process): string {
  const manager = managerOf(env);
  return `${manager in RUNNERS ? `${manager} add` : 'npm install'} ${name}`;
}

interface Surroundings {
  argv: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
}

const isSource = import.meta.url.endsWith('.ts');

/** What runs a project's own programs, by the name in `npm_config_user_agent`. */
const RUNNERS: Readonly<Record<string, string>> = { pnpm: 'pnpm exec', yarn: 'yarn', bun: 'bunx' };

function prefix({ argv, env }: Surroundings): string {
  if (isSource) return 'npm run countersign --';
  const program = argv[1] ?? '';
  const isInstalledForAll = /[\\/]countersign$/.test(program) && !/[\\/]node_modules[\\/]/.test(program);
  if (isInstalledForAll) return 'countersign';
  return `${RUNNERS[managerOf(env)] ?? 'npx'} countersign`;
}

function managerOf(env: Surroundings['env']): string {
  return (env.npm_config_user_agent ?? '').split('/')[0] ?? '';
}
