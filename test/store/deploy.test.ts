import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';

import { openStore } from '../../src/store/store.ts';
import { startPostgres } from '../support/postgres.ts';

const script = fileURLToPath(new URL('../../deploy/store-database.sh', import.meta.url));

test('the job makes a database for the store, again and again, whose role reaches no other database', async () => {
  const server = await startPostgres();
  onTestFinished(() => server.remove());
  const secrets = mkdtempSync(join(tmpdir(), 'countersign-secrets-'));
  onTestFinished(() => rmSync(secrets, { recursive: true }));
  writeFileSync(join(secrets, 'postgres-password'), 'unused');
  writeFileSync(join(secrets, 'store-password'), 'abc123');
  const { hostname, port, username } = new URL(server.url);
  const env = {
    PATH: `${server.bin}:${process.env.PATH ?? ''}`,
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
  };
  for (let time = 0; time < 2; time += 1)
    execFileSync('sh', [script], { env: { ...env, SECRETS: secrets }, stdio: 'pipe' });

  const url = `postgres://countersign:abc123@${hostname}:${port}/countersign`;
  const store = await openStore({ url });
  await store.close();
  const other = new pg.Client({ connectionString: url.replace(/[^/]*$/, 'postgres') });
  await expect(other.connect()).rejects.toThrow('permission denied for database "postgres"');
});
