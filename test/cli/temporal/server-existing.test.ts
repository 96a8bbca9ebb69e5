import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { RETRIES } from '../../../src/client/retries.ts';
import { SEARCH_ATTRIBUTES } from '../../../src/contracts/search/attributes.ts';
import { freePort } from '../../../src/cli/temporal/ports.ts';
import { startTemporalServer } from '../../../src/cli/temporal/server.ts';
import { temporalAddress } from '../../setup/temporal.ts';

const INT = 3;
const DAY = msToTs('1 day');

let connection: Connection;

beforeAll(async () => {
  connection = await Connection.connect({ address: temporalAddress(), interceptors: RETRIES });
});

afterAll(() => connection.close());

function use(variables: Record<string, string>) {
  return startTemporalServer({ env: { ...process.env, TEMPORAL_ADDRESS: temporalAddress(), ...variables } });
}

async function createNamespace(name: string): Promise<string> {
  const namespace = `${name}-${Date.now()}`;
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: DAY });
  // The server's own cache of namespaces is behind by up to some seconds.
  await expect
    .poll(() => connection.operatorService.listSearchAttributes({ namespace }), { timeout: 30_000 })
    .toBeDefined();
  return namespace;
}

test('the server of TEMPORAL_ADDRESS is used, and not stopped', async () => {
  const server = await use({});
  expect(server).toMatchObject({ address: temporalAddress(), source: 'address', pid: null, uiUrl: null });
  await server.stop();
  await connection.workflowService.describeNamespace({ namespace: 'default' });
});

test('nobody there is an error that names the variable, the address and the remedy', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  await expect(use({ TEMPORAL_ADDRESS: address })).rejects.toThrow(
    new RegExp(
      `TEMPORAL_ADDRESS is "${address}", but no Temporal server answers there .* unset TEMPORAL_ADDRESS`,
    ),
  );
});

test('a namespace that does not exist is an error with the command that creates it', async () => {
  await expect(use({ TEMPORAL_NAMESPACE: 'nowhere' })).rejects.toThrow(
    /Namespace "nowhere" does not exist .*temporal operator namespace create --namespace nowhere/,
  );
});

test('search attributes that a namespace lacks are registered', async () => {
  const namespace = await createNamespace('lacking');
  await use({ TEMPORAL_NAMESPACE: namespace });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(Object.keys(SEARCH_ATTRIBUTES)));
});

test('a search attribute of another type is an error that names it', async () => {
  const namespace = await createNamespace('clashing');
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries([['ApprovalStatus', INT]]),
  });
  await expect(use({ TEMPORAL_NAMESPACE: namespace })).rejects.toThrow(
    /ApprovalStatus .* has type 3, not Keyword/,
  );
});
