import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { demoApplicationFile } from '../../src/cli/demo/app.ts';
import { createApiKey } from '../../src/gateway/app.ts';
import { freePort } from '../../src/cli/temporal/ports.ts';
import { createWebhookSecret } from '../../src/contracts/webhooks/signature.ts';
import { temporalAddress } from '../setup/temporal.ts';
import { startCli, type RunningCommand } from '../support/cli.ts';
import { runHere } from '../support/cli-here.ts';
import { testFolder } from '../support/folder.ts';

/** Simulator, gateway and worker as an operator starts them, with OpenAI's webhook between the first two. */
const running: RunningCommand[] = [];
let env: Record<string, string>;

beforeAll(async () => {
  const { entry } = createApiKey({ name: 'shop', tenant: 'acme', scopes: ['turns:write'] });
  const keysFile = join(testFolder(), 'keys.json');
  await writeFile(keysFile, JSON.stringify({ keys: [entry] }));
  const [simulator, gateway] = [await freePort(), await freePort()];
  env = {
    TEMPORAL_ADDRESS: temporalAddress(),
    COUNTERSIGN_TASK_QUEUE: 'openai-webhook',
    COUNTERSIGN_PROVIDER: 'responses',
    OPENAI_API_KEY: 'simulator',
    OPENAI_BASE_URL: `http://127.0.0.1:${simulator}/v1`,
    COUNTERSIGN_OPENAI_WEBHOOK_SECRET: createWebhookSecret(),
    COUNTERSIGN_SIMULATOR_PORT: String(simulator),
    COUNTERSIGN_GATEWAY_PORT: String(gateway),
    COUNTERSIGN_API_KEYS: keysFile,
  };
  const webhook = `http://127.0.0.1:${gateway}/v1/webhooks/openai`;
  await start('simulator.started', 'simulator', '--webhook', webhook);
  await start('gateway.started', 'gateway');
  await start('worker.started', 'worker', '--config', demoApplicationFile);
});
afterAll(async () => {
  for (const { child } of running) child.kill();
  for (const { finished } of running) await finished;
});

async function start(event: string, ...args: string[]): Promise<void> {
  const command = startCli(args, { env });
  running.push(command);
  await command.says(event);
}

test('what the simulator sends reaches the turn through the gateway', async () => {
  const said = 'Please refund order A-1042, it arrived broken';
  const { code, stdout } = await runHere(['turn', said, '--tenant', 'acme', '--wait', '40'], { env });
  expect(code).toBe(0);
  expect(stdout).toContain('Waits for a decision');
  const hinted = await running[1]!.says('provider.hinted');
  expect(hinted).toContain('response.completed');
  expect(hinted).toMatch(/isHinted\W+true/);
});
