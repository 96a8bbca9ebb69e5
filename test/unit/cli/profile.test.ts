import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { useProfile } from '../../../src/cli/settings/profile.ts';
import { commandLineConfig, ConfigError } from '../../../src/config.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'countersign-test-'));
  vi.stubEnv('XDG_CONFIG_HOME', home);
  for (const name of ['TENANT', 'AS', 'PROFILE', 'GROUPS']) vi.stubEnv(`COUNTERSIGN_${name}`, '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

function write(content: unknown, mode = 0o644): string {
  mkdirSync(join(home, 'countersign'), { recursive: true });
  const file = join(home, 'countersign', 'profiles.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  chmodSync(file, mode);
  return file;
}

const PROFILES = {
  default: 'shop',
  profiles: {
    shop: { COUNTERSIGN_TENANT: 'shop', COUNTERSIGN_AS: 'grace', COUNTERSIGN_GROUPS: 'finance, support' },
    bank: { COUNTERSIGN_TENANT: 'bank' },
  },
};

test('without a profile file everything is as the environment says', async () => {
  await useProfile(undefined);
  expect(commandLineConfig().tenant).toBe('dev');
});

test('the file’s default profile gives what the environment does not say', async () => {
  write(PROFILES);
  vi.stubEnv('COUNTERSIGN_AS', 'ada');
  await useProfile(undefined);
  expect(commandLineConfig()).toEqual({ tenant: 'shop', as: 'ada', groups: ['finance', 'support'] });
});

test.each([
  ['--profile', 'bank', ''],
  ['COUNTERSIGN_PROFILE', undefined, 'bank'],
])('%s names another profile', async (_, option, variable) => {
  write(PROFILES);
  vi.stubEnv('COUNTERSIGN_PROFILE', variable);
  await useProfile(option);
  expect(commandLineConfig().tenant).toBe('bank');
});

test('a profile that does not exist is refused with those that do', async () => {
  write(PROFILES);
  await expect(useProfile('shp')).rejects.toThrow('There is no profile "shp"');
  await expect(useProfile('shp')).rejects.toThrow('It has: shop, bank.');
});

test('a file with secrets that others can read is refused, with the remedy', async () => {
  const profiles = { profiles: { cloud: { TEMPORAL_API_KEY: 'not-shown' } } };
  const file = write(profiles, 0o644);
  const refused = await useProfile('cloud').catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ConfigError);
  expect(String(refused)).toContain(`chmod 600 ${file}`);
  expect(String(refused)).not.toContain('not-shown');
  vi.stubEnv('TEMPORAL_API_KEY', '');
  write(profiles, 0o600);
  await useProfile('cloud');
  expect(process.env.TEMPORAL_API_KEY).toBe('not-shown');
});

test.each([
  ['{"profiles": {"a": {"PATH": "/"}}}', 'profiles.a.PATH'],
  ['{"profile": {}}', 'does not fit'],
  ['{oops', 'is not JSON'],
])('a malformed file is refused: %s', async (text, said) => {
  write(text);
  await expect(useProfile(undefined)).rejects.toThrow(said);
});
