import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client, Connection } from '@temporalio/client';
import { expect, test } from 'vitest';

import { createSupervisor } from '../../../src/cli/supervisor.ts';
import { launchTemporal } from '../../../src/cli/temporal/launch.ts';

const env = { ...process.env, TEMPORAL_ADDRESS: undefined, TEMPORAL_NAMESPACE: undefined };

test('a Temporal server that is killed comes back where it was, with what it held', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'supervised-'));
  const supervisor = createSupervisor({ backoff: { firstMs: 20 } });
  const launch = launchTemporal({ env, uiPort: false, databaseFile: join(folder, 'temporal.db') });
  const { address } = await supervisor.start('temporal', launch);
  const { temporal: pid } = supervisor.pids();
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection });
    await client.workflow.start('turn', { workflowId: 'kept', taskQueue: 'nobody' });
    supervisor.kill('temporal', 'SIGKILL');
    await expect.poll(() => supervisor.pids().temporal, { timeout: 20_000 }).not.toBe(pid);
    await expect.poll(() => supervisor.pids().temporal, { timeout: 20_000 }).toBeTypeOf('number');
    const { status } = await client.workflow.getHandle('kept').describe();
    expect(status.name).toBe('RUNNING');
  } finally {
    await connection.close();
    await supervisor.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
