import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import { temporalAddress } from '../setup/temporal.ts';
import { runCli, type Finished } from '../support/cli.ts';
import { runHere } from '../support/cli-here.ts';
import { testFolder } from '../support/folder.ts';
import { createWebhookSecret } from '../../src/contracts/webhooks/signature.ts';
import { EXIT_CODES, type ExitName } from '../../src/cli/errors/exit-codes.ts';

const definitions = new URL('../../src/index.ts', import.meta.url).href;
const assistant = (tools: string) =>
  `defineApp({ assistants: [defineAssistant({ name: 'a', model: 'm', instructions: 'i', tools: [${tools}] })] })`;
const FILES = {
  'good.ts': `import { defineApp, defineAssistant } from '${definitions}';
    export default ${assistant('')};`,
  'throws.ts': `throw new Error('no database today');`,
  'imports.ts': `import '@acme/ledger/refunds';`,
  'empty.ts': `export default 7;`,
  'twice.ts': `import { allow, defineApp, defineAssistant, defineTool } from '${definitions}';
    import { z } from '${import.meta.resolve('zod')}';
    const tool = () => defineTool({ name: 'pay', description: 'Pays.', parameters: z.object({}), policy: allow(), execute: () => '' });
    export default ${assistant('tool(), tool()')};`,
  'keys.json': '{"keys": []}',
};

const folder = testFolder();
beforeAll(async () => {
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text);
});

type Environment = Record<string, string>;
const provider = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' };
const keys = { COUNTERSIGN_API_KEYS: 'keys.json' };

/** What a person sees: one clear message, the exit code of that kind of error, and no stack trace. */
async function complaint(
  line: string,
  env: Environment,
  exit: ExitName = 'usage',
  run: (...call: Parameters<typeof runCli>) => Promise<Finished> = runHere,
): Promise<string> {
  const settings = { TEMPORAL_ADDRESS: temporalAddress(), ...env };
  const { code, stderr } = await run(line.split(' '), { env: settings, cwd: folder });
  expect(code).toBe(EXIT_CODES[exit].code);
  expect(stderr).not.toMatch(/^\s+at /m);
  return stderr;
}

describe('a process that cannot work says why', () => {
  test.each<[string, string, Environment, ExitName, string[]]>([
    [
      'no Temporal reachable',
      'worker --config good.ts',
      { ...provider, TEMPORAL_ADDRESS: '127.0.0.1:1' },
      'unavailable',
      ['127.0.0.1:1', 'TEMPORAL_ADDRESS'],
    ],
    [
      'a namespace that does not exist',
      'worker --config good.ts',
      { ...provider, TEMPORAL_NAMESPACE: 'nowhere' },
      'unavailable',
      ['"nowhere"', 'temporal operator namespace create'],
    ],
    [
      'an application file that throws',
      'worker --config throws.ts',
      provider,
      'usage',
      ['throws.ts', 'no database today'],
    ],
    [
      'an application file that imports a package which is not installed',
      'worker --config imports.ts',
      provider,
      'usage',
      ['imports.ts', 'Install it with "npm install @acme/ledger".'],
    ],
  ])('%s', async (what, command, env, exit, words) => {
    const said = await complaint(command, env, exit, exit === 'unavailable' ? runCli : runHere);
    for (const word of words) expect(said).toContain(word);
    if (what.includes('package')) expect(said.trimEnd().split('\n')).toHaveLength(1);
  });

  const holder = process.platform === 'linux' ? [`process ${process.pid} (`] : [];
  test.each([
    [
      'gateway',
      'COUNTERSIGN_GATEWAY_PORT',
      ['127.0.0.1:', ': another process does', 'COUNTERSIGN_GATEWAY_PORT'],
    ],
    ['simulator', 'COUNTERSIGN_SIMULATOR_PORT', []],
    [
      'dev',
      'COUNTERSIGN_GATEWAY_PORT',
      ['for the gateway, is in use by', ...holder, '--port (0 takes a free'],
    ],
  ])('a %s whose port is in use names it', async (command, variable, words) => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as AddressInfo;
    const env = { ...keys, COUNTERSIGN_SIMULATOR_PORT: '0', [variable]: String(port) };
    const said = await complaint(command, env, 'unavailable');
    blocker.close();
    for (const word of [String(port), ...words]) expect(said).toContain(word);
  });

  test('a decision about an approval that does not exist', async () => {
    const id = 'c.00000000000000000000.000000000000';
    const said = await complaint(`approvals approve ${id}`, {}, 'not-found');
    expect(said).toContain(`There is no approval ${id} in tenant "dev"`);
  });
});

describe('what is refused before anything is begun', () => {
  const openai = { ...keys, COUNTERSIGN_OPENAI_WEBHOOK_SECRET: createWebhookSecret() };
  test.each<[string, string, Environment, ...string[]]>([
    ['no key for the provider', 'worker --config good.ts', {}, 'OPENAI_API_KEY is not set'],
    ['a base URL that is none', 'worker', { OPENAI_BASE_URL: 'localhost' }, 'OPENAI_BASE_URL', '"localhost"'],
    ['no application file', 'worker --config missing.ts', provider, 'missing.ts', 'COUNTERSIGN_CONFIG'],
    ['an application file without an application', 'worker --config empty.ts', provider, 'defineApp'],
    ['two tools with one name', 'worker --config twice.ts', provider, 'two tools named "pay"'],
    ['no file of API keys', 'gateway', {}, 'COUNTERSIGN_API_KEYS is not set'],
    [
      'a port that is none',
      'gateway',
      { COUNTERSIGN_GATEWAY_PORT: 'eighty' },
      'COUNTERSIGN_GATEWAY_PORT is "eighty"',
    ],
    ['a gateway for OpenAI’s events without the provider’s key', 'gateway', openai, 'OPENAI_API_KEY is not'],
    [
      'a secret of OpenAI’s webhook that is none',
      'gateway',
      { COUNTERSIGN_OPENAI_WEBHOOK_SECRET: 'whsec_!' },
      'COUNTERSIGN_OPENAI_WEBHOOK_SECRET is a value',
    ],
    [
      'a simulator that is to send events without their secret',
      'simulator --webhook http://127.0.0.1:9/',
      {},
      'COUNTERSIGN_OPENAI_WEBHOOK_SECRET is not set',
    ],
    [
      'a dev that decides in place of people in production',
      'dev --auto approve',
      { NODE_ENV: 'production' },
      'NODE_ENV is "production"',
    ],
    ['a dev that decides in a way it does not know', 'dev --auto perhaps', {}, '--auto script FILE'],
    ['an edit that is not JSON', 'approvals edit x --arguments {oops', {}, '--arguments is not JSON'],
    [
      'an edit with a number that would change',
      'approvals edit x --arguments {"amountCents":12345678901234567890}',
      {},
      '--arguments: amountCents is 12345678901234567890',
    ],
    [
      'an edit with a field twice',
      'approvals edit x --arguments {"orderId":"A","orderId":"B"}',
      {},
      '--arguments: orderId appears more than once',
    ],
    ['a conversation id that is not allowed', 'turn hi --conversation a/b', {}, 'letters, digits'],
    ['an unknown command', 'aprovals', {}, '--help'],
  ])('%s', async (_what, command, env, ...words) => {
    const told = await complaint(command, env);
    for (const word of words) expect(told).toContain(word);
    expect(told).not.toContain('whsec_!');
  });
});
