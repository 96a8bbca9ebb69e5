import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

import { z } from 'zod';

import { ConfigError, profileConfig, setDefaults } from '../../config.ts';

/**
 * Profiles: sets of variables by name, in a file of the person at the terminal. A profile gives what the environment does not say; an
 * option goes over both.
 *
 *   { "default": "local", "profiles": { "staging": { "TEMPORAL_ADDRESS": "…", "COUNTERSIGN_TENANT": "acme" } } }
 */
const ProfilesSchema = z.strictObject({
  default: z.string().min(1).optional(),
  profiles: z.record(
    z.string().min(1),
    z.record(
      z.string().regex(/^(COUNTERSIGN|TEMPORAL|OPENAI)_[A-Z0-9_]+$/, 'must be a variable of ours'),
      z.string(),
    ),
  ),
});
type Profiles = z.infer<typeof ProfilesSchema>;

/** Variables that nobody but their owner may read. */
const SECRET = /(KEY|KEYS|SECRET|SECRETS|TOKEN|PASSWORD|KEY_DATA)$/;

/** `~/.config/countersign/profiles.json`, or below XDG_CONFIG_HOME. */
function profilesFile(): string {
  const { configFolder } = profileConfig();
  const folder =
    configFolder !== undefined && isAbsolute(configFolder) ? configFolder : join(homedir(), '.config');
  return join(folder, 'countersign', 'profiles.json');
}

/**
 * Takes the variables of a profile for what the environment does not say: the one named, else that of COUNTERSIGN_PROFILE, else the
 * file's default. Without a file and a name there is nothing to take.
 *
 * @throws ConfigError when there is no such profile, the file is malformed, or others can read the secrets in it
 */
export async function useProfile(given: string | undefined): Promise<void> {
  const file = profilesFile();
  const wanted = given ?? profileConfig().name;
  const profiles = await readProfiles(file);
  const name = wanted ?? profiles?.default;
  if (name === undefined) return;
  const profile = profiles?.profiles[name];
  if (profile === undefined) {
    const known = Object.keys(profiles?.profiles ?? {});
    const there = known.length === 0 ? 'It has none.' : `It has: ${known.join(', ')}.`;
    throw new ConfigError(`There is no profile "${name}" in ${file}. ${there}`);
  }
  await requirePrivate(file, name, profile);
  setDefaults(profile);
}

async function readProfiles(file: string): Promise<Profiles | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(String(error.code)))
      return undefined;
    throw new ConfigError(`The profile file ${file} cannot be read: ${String(error)}.`);
  }
  const parsed = ProfilesSchema.safeParse(parseJson(text, file));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    ({ path, message }) => `  ${path.join('.') || 'the whole'}: ${message}`,
  );
  throw new ConfigError(
    `The profile file ${file} does not fit. It is {"default"?, "profiles": {name: {variable: value}}}:\n${faults.join('\n')}`,
  );
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message may quote a secret.
    throw new ConfigError(`The profile file ${file} is not JSON. Correct it.`);
  }
}

/** Windows has no such modes. */
async function requirePrivate(file: string, name: string, profile: Record<string, string>): Promise<void> {
  const secrets = Object.keys(profile).filter((variable) => SECRET.test(variable));
  if (secrets.length === 0 || process.platform === 'win32') return;
  const { mode } = await stat(file);
  if ((mode & 0o077) === 0) return;
  throw new ConfigError(
    `Profile "${name}" holds ${secrets.join(', ')}, and others can read ${file}. Run: chmod 600 ${file}`,
  );
}
