import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { writeKeys } from '../../src/cli/keys/keys.ts';
import { createApiKey, readApiKeys } from '../../src/gateway/app.ts';
import type { Stage } from '../stage.ts';

/** Makes a key for another tenant beside the stage's own, and restarts the gateway, which reads keys when it starts. */
export async function addTenantKey(stage: Stage, tenant: string): Promise<string> {
  const file = join(stage.folder, 'api-keys.json');
  const { key, entry } = createApiKey({ name: 'bench', tenant, scopes: ['approvals:read'] });
  await writeKeys(file, [...readApiKeys(file), entry]);
  const { gateway: before } = await stage.pids();
  await stage.kill('gateway');
  for (;;) {
    const { gateway } = await stage.pids();
    if (gateway !== undefined && gateway !== before) return key;
    await sleep(20);
  }
}
