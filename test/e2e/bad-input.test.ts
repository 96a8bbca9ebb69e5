import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { temporalAddress } from '../setup/temporal.ts';
import { runCli, startCli } from '../support/cli.ts';
import { createWebhookSecret } from '../../src/contracts/signature.ts';
import { createDesk } from '../support/desk.ts';
import { EXIT_CODES, type ExitName } from '../../src/cli/errors/exit-codes.ts';
import { startWorld } from '../support/world.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const definitions = new URL('../../src/index.ts', import.meta.url).href;

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

async function goodApp(): Promise<string> {
  return file(
    'good.ts',
    `import { defineApp, defineAssistant } from '${definitions}';
     export default defineApp({ assistants: [defineAssistant({ name: 'a', model: 'm', instructions: 'i' })] });`,
  );
}

async function blockPort(): Promise<{ blocker: Server; port: number }> {
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  return { blocker, port: (blocker.address() as AddressInfo).port };
}

/** What a person sees: one clear message, the exit code of that kind of error, and no stack trace. */
async function complaint(
  args: string[],
  env: Record<string, string>,
  exit: ExitName = 'usage',
): Promise<string> {
  const { code, stderr } = await runCli(args, { env: { TEMPORAL_ADDRESS: temporalAddress(), ...env } });
  expect(code).toBe(EXIT_CODES[exit].code);
  expect(stderr).not.toMatch(/^\s+at /m);
  return stderr;
}

describe('a worker that cannot work says why', () => {
  const provider = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' };

  test('no Temporal reachable', async () => {
    const said = await complaint(
      ['worker', '--config', await goodApp()],
      { ...provider, TEMPORAL_ADDRESS: '127.0.0.1:1' },
      'unavailable',
    );
    expect(said).toContain('127.0.0.1:1');
    expect(said).toContain('TEMPORAL_ADDRESS');
  });

  test('a namespace that does not exist', async () => {
    const said = await complaint(
      ['worker', '--config', await goodApp()],
      { ...provider, TEMPORAL_NAMESPACE: 'nowhere' },
      'unavailable',
    );
    expect(said).toContain('"nowhere"');
    expect(said).toContain('temporal operator namespace create');
  });

  test('no key for the provider', async () => {
    expect(await complaint(['worker', '--config', await goodApp()], {})).toContain(
      'OPENAI_API_KEY is not set',
    );
  });

  test('a base URL that is none', async () => {
    const said = await complaint(['worker'], { ...provider, OPENAI_BASE_URL: 'localhost' });
    expect(said).toContain('OPENAI_BASE_URL');
    expect(said).toContain('"localhost"');
  });

  test('no application file', async () => {
    const said = await complaint(['worker', '--config', join(folder, 'missing.ts')], provider);
    expect(said).toContain('missing.ts');
    expect(said).toContain('COUNTERSIGN_CONFIG');
  });

  test('an application file that throws', async () => {
    const path = await file('throws.ts', `throw new Error('no database today');`);
    const said = await complaint(['worker', '--config', path], provider);
    expect(said).toContain('throws.ts');
    expect(said).toContain('no database today');
  });

  test('an application file that imports a package which is not installed', async () => {
    const path = await file('imports.ts', `import '@acme/ledger/refunds';`);
    const said = await complaint(['worker', '--config', path], provider);
    expect(said).toContain('imports.ts');
    expect(said).toContain('Install it with "npm install @acme/ledger".');
    expect(said.trimEnd().split('\n')).toHaveLength(1);
  });

  test('an application file without an application', async () => {
    const path = await file('empty.ts', `export default 7;`);
    expect(await complaint(['worker', '--config', path], provider)).toContain('defineApp');
  });

  test('two tools with one name', async () => {
    const path = await file(
      'twice.ts',
      `import { allow, defineApp, defineAssistant, defineTool } from '${definitions}';
       import { z } from '${import.meta.resolve('zod')}';
       const tool = () => defineTool({ name: 'pay', description: 'Pays.', parameters: z.object({}), policy: allow(), execute: () => '' });
       export default defineApp({ assistants: [defineAssistant({ name: 'a', model: 'm', instructions: 'i', tools: [tool(), tool()] })] });`,
    );
    expect(await complaint(['worker', '--config', path], provider)).toContain('two tools named "pay"');
  });
});

describe('a gateway that cannot work says why', () => {
  const keys = JSON.stringify({ keys: [] });

  test('no file of API keys', async () => {
    expect(await complaint(['gateway'], {})).toContain('COUNTERSIGN_API_KEYS is not set');
  });

  test('a port in use', async () => {
    const { blocker, port } = await blockPort();
    const said = await complaint(
      ['gateway'],
      { COUNTERSIGN_API_KEYS: await file('keys.json', keys), COUNTERSIGN_GATEWAY_PORT: String(port) },
      'unavailable',
    );
    blocker.close();
    expect(said).toContain(String(port));
    expect(said).toContain('COUNTERSIGN_GATEWAY_PORT');
  });

  test('a port that is none', async () => {
    const said = await complaint(['gateway'], { COUNTERSIGN_GATEWAY_PORT: 'eighty' });
    expect(said).toContain('COUNTERSIGN_GATEWAY_PORT is "eighty"');
  });

  test('a webhook secret that is too short', async () => {
    const secret = `whsec_${Buffer.from('short').toString('base64')}`;
    const said = await complaint(['gateway'], {
      COUNTERSIGN_API_KEYS: await file('keys.json', keys),
      COUNTERSIGN_WEBHOOK_SECRETS: await file(
        'secrets.json',
        JSON.stringify({ sources: [{ source: 'slack', tenant: 'acme', secrets: [secret] }] }),
      ),
    });
    expect(said).toContain('secrets.json');
    expect(said).toContain('24');
    expect(said).not.toContain(secret);
  });

  test('a gateway that is to take OpenAI’s events needs the provider’s key', async () => {
    const said = await complaint(['gateway'], {
      COUNTERSIGN_API_KEYS: await file('keys.json', keys),
      COUNTERSIGN_OPENAI_WEBHOOK_SECRET: createWebhookSecret(),
    });
    expect(said).toContain('OPENAI_API_KEY is not');
  });
});

test('a secret of OpenAI’s webhook that is none is not shown', async () => {
  const said = await complaint(['gateway'], { COUNTERSIGN_OPENAI_WEBHOOK_SECRET: 'whsec_!' });
  expect(said).toContain('COUNTERSIGN_OPENAI_WEBHOOK_SECRET is a value');
  expect(said).not.toContain('whsec_!');
});

test('a simulator that is to send events needs their secret', async () => {
  const said = await complaint(['simulator', '--webhook', 'http://127.0.0.1:9/'], {});
  expect(said).toContain('COUNTERSIGN_OPENAI_WEBHOOK_SECRET is not set');
});

test('a simulator whose port is in use says why', async () => {
  const { blocker, port } = await blockPort();
  const said = await complaint(['simulator'], { COUNTERSIGN_SIMULATOR_PORT: String(port) }, 'unavailable');
  blocker.close();
  expect(said).toContain(String(port));
});

test('a dev whose port is in use names it, who has it, and the option that chooses another', async () => {
  const { blocker, port } = await blockPort();
  const run = startCli(['dev', '--port', String(port), '--simulator-port', '0'], {
    env: { TEMPORAL_ADDRESS: temporalAddress() },
    cwd: folder,
  });
  const { code, stderr } = await run.finished;
  blocker.close();
  expect(code).toBe(EXIT_CODES.unavailable.code);
  expect(stderr).toContain(`Port ${port}, for the gateway, is in use by`);
  if (process.platform === 'linux') expect(stderr).toContain(`process ${process.pid} (`);
  expect(stderr).toContain('--port (0 takes a free one)');
});

test('a dev that decides in place of people is refused in production', async () => {
  const said = await complaint(['dev', '--auto', 'approve'], { NODE_ENV: 'production' });
  expect(said).toContain('NODE_ENV is "production"');
});

test('a dev that decides in another way than it knows is told the ways', async () => {
  expect(await complaint(['dev', '--auto', 'perhaps'], {})).toContain('--auto script FILE');
});

describe('the command line', () => {
  test('a decision about an approval that does not exist', async () => {
    const said = await complaint(
      ['approvals', 'approve', 'c.00000000000000000000.000000000000'],
      {},
      'not-found',
    );
    expect(said).toContain('There is no approval c.00000000000000000000.000000000000 in tenant "dev"');
  });

  test('an edit that is not JSON', async () => {
    const said = await complaint(['approvals', 'edit', 'x', '--arguments', '{oops'], {});
    expect(said).toContain('--arguments is not JSON');
  });

  test.each([
    ['{"amountCents": 12345678901234567890}', '--arguments: amountCents is 12345678901234567890'],
    ['{"orderId": "A", "orderId": "B"}', '--arguments: orderId appears more than once'],
  ])('an edit that would arrive as something else: %s', async (text, sentence) => {
    const said = await complaint(['approvals', 'edit', 'x', '--arguments', text], {});
    expect(said).toContain(sentence);
  });

  test('a conversation id with characters that are not allowed', async () => {
    const said = await complaint(['turn', 'hi', '--conversation', 'a b'], {});
    expect(said).toContain('letters, digits');
  });

  test('an unknown command shows where help is', async () => {
    const { code, stderr } = await runCli(['aprovals']);
    expect(code).toBe(EXIT_CODES.usage.code);
    expect(stderr).toContain('--help');
  });
});

describe('a provider that refuses us', () => {
  test('a wrong key ends the turn with a failure that names the remedy', async () => {
    const world = await startWorld({
      app: createDesk().app,
      name: 'wrong key',
      simulator: { apiKey: 'the-right-key' },
      apiKey: 'the-wrong-key',
    });
    const turn = await world.end(await world.say('hi'));
    await world.stop();
    expect(turn).toMatchObject({ status: 'failed', failure: { type: 'Provider.Unauthorized' } });
    expect(turn.failure?.message).toContain('OPENAI_API_KEY');
    expect(turn.failure?.message).not.toContain('the-wrong-key');
  });
});
