import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Connection } from '@temporalio/client';
import { beforeEach, expect, test } from 'vitest';

import { RETRIES } from '../../src/client/retries.ts';
import { SEARCH_ATTRIBUTES } from '../../src/contracts/search/attributes.ts';
import { readApiKeys, readWebhookSources } from '../../src/gateway/app.ts';
import { decodeWebhookSecret } from '../../src/contracts/webhooks/signature.ts';
import { temporalAddress } from '../setup/temporal.ts';
import { testFolder } from '../support/folder.ts';
import { repositoryFile } from './compose-file.ts';

const deploy = fileURLToPath(new URL('../../deploy', import.meta.url));
const parent = testFolder();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(parent, 'deploy-'));
  // Without secrets somebody may have made in the working copy.
  cpSync(deploy, folder, { recursive: true, filter: (path) => !path.includes('/secrets/') });
});

test('the namespace job registers the search attributes the worker asks for', () => {
  const script = repositoryFile('deploy/temporal/setup-namespace.sh');
  const registered = [...script.matchAll(/--name (\w+) --type (\w+)/g)].map(([, name, type]) => [name, type]);
  const wanted = Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, type.replaceAll('_', '')]);
  expect(registered.map(([name, type]) => [name, type?.toUpperCase()])).toEqual(wanted);
});

test('secrets are made once, and are what the gateway reads', () => {
  const secrets = join(folder, 'secrets');
  const make = (key: string) =>
    execFileSync('sh', [join(folder, 'init-secrets.sh')], { env: { ...process.env, OPENAI_API_KEY: key } });
  make('first');
  const password = readFileSync(join(secrets, 'postgres-password'), 'utf8');
  make('second');

  expect(password).toMatch(/^[0-9a-f]{64}$/);
  expect(readFileSync(join(secrets, 'postgres-password'), 'utf8')).toBe(password);
  expect(readFileSync(join(secrets, 'session-secret'), 'utf8')).not.toBe(password);
  expect(readFileSync(join(secrets, 'openai-api-key'), 'utf8')).toBe('first');
  expect(decodeWebhookSecret(readFileSync(join(secrets, 'callback-secret'), 'utf8'))).toHaveLength(32);
  expect(readFileSync(join(secrets, 'handover-api-key'), 'utf8')).toBe('');
  expect(readApiKeys(join(secrets, 'api-keys.json'))).toEqual([]);
  expect(readWebhookSources(join(secrets, 'webhook-secrets.json'))).toEqual([]);
  expect(statSync(secrets).mode & 0o777).toBe(0o700);
});

test('without a key of the provider no secret is made', () => {
  const { OPENAI_API_KEY: _, ...env } = process.env;
  const script = [join(folder, 'init-secrets.sh')];
  expect(() => execFileSync('sh', script, { env, stdio: 'pipe' })).toThrow(/Set OPENAI_API_KEY/);
  expect(readdirSync(join(folder, 'secrets'))).toEqual([]);
});

test('a worker is healthy as long as a worker of its host polls the task queue', async ({
  task,
  onTestFinished,
}) => {
  const queue = `deploy-${task.id}`;
  expect(await workerHealth(queue)).toEqual([1, `No worker of ${hostname()} polls ${queue} in default.\n`]);

  const connection = await Connection.connect({ address: temporalAddress(), interceptors: RETRIES });
  onTestFinished(() => connection.close());
  // Nobody gives it a task; it ends when the connection does.
  const poll = connection.withDeadline(Date.now() + 60_000, () =>
    connection.workflowService.pollWorkflowTaskQueue({
      ...{ namespace: 'default', taskQueue: { name: queue }, identity: `1@${hostname()}` },
    }),
  );
  poll.catch(() => undefined);

  await expect
    .poll(() => workerHealth(queue), { timeout: 20_000, interval: 200 })
    .toEqual([0, `A worker of ${hostname()} polls ${queue} in default.\n`]);
});

function workerHealth(queue: string): Promise<[number, string]> {
  const env = {
    ...process.env,
    TEMPORAL_ADDRESS: temporalAddress(),
    TEMPORAL_NAMESPACE: 'default',
    COUNTERSIGN_TASK_QUEUE: queue,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(deploy, 'worker-health.js')], { env }, (error, stdout) =>
      resolve([Number(error?.code ?? 0), stdout]),
    );
  });
}
