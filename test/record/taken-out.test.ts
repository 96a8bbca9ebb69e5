import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  decodeCheckpoint,
  readKeys,
  readSigningKey,
  verifyReceipt,
  type Keys,
  type Receipt,
} from '@countersign/receipts';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

import { defineTool, requireApproval } from '../../src/index.ts';
import { audit, type Audit } from '../../src/record/audit.ts';
import { shownToKept } from '../../src/record/from-temporal.ts';
import { openStore } from '../../src/store/store.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { until } from '../../src/testing/wait.ts';
import { freshDatabase, type FreshDatabase } from '../store/databases.ts';
import { follow, runCli, startCli } from '../support/cli.ts';
import { runHere } from '../support/cli-here.ts';
import { temporalAddress } from '../setup/temporal.ts';
import { testFolder } from '../support/folder.ts';
import { payBack } from '../support/pay-back.ts';

/** The record by HTTP and by the command line, and whether others can verify it. */

const refund = defineTool({
  ...{ name: 'refund', description: 'Pays money back.', parameters: z.strictObject({ orderId: z.string() }) },
  policy: () => requireApproval({ within: '30d', onRunDeadline: 'deny' }),
  execute: ({ orderId }) => `Refunded ${orderId}.`,
});

const folder = testFolder();
const [keyFile, trustedFile] = [join(folder, 'key.json'), join(folder, 'trusted.json')];
let gate: Gate;
let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase('sqlite');
  const made = await runHere(['keys', 'create-signing', '--file', keyFile, '--trusted', trustedFile]);
  expect(made).toMatchObject({ code: 0 });
  const signingKey = await readSigningKey(await readFile(keyFile, 'utf8'));
  gate = await startGate({ ...payBack(refund), store: database.url, signingKey, patience: '45s' });
});
afterAll(async () => {
  await gate.close();
  await database.remove();
});

const ask = async () => {
  const turn = await gate.say('pay back', { user: 'ada' });
  return { turn, card: await turn.asked() };
};
const refunded = async () => {
  const { turn, card } = await ask();
  await card.approve({ as: 'grace' });
  await turn.reply();
  return card.approvalId;
};
const kinds = async (approvalId: string) =>
  (await gate.store!.record.ofApproval(gate.tenant, approvalId)).map(({ kind }) => kind);

test('a receipt by HTTP is verified by the verifier, and a changed one is not', async () => {
  const approvalId = await refunded();
  const answer = await gate.gateway.fetch(`/v1/record/approvals/${approvalId}`);
  const receipt = (await answer.json()) as Receipt;
  expect(await verifyReceipt(receipt)).toMatchObject({ ok: true, entries: 5, problems: [], findings: [] });
  receipt.entries[1]!.entry.person!.id = 'mallory';
  expect((await verifyReceipt(receipt)).ok).toBe(false);
});

test('entries by HTTP, page by page, of an approval and of a time', async () => {
  const approvalId = await refunded();
  interface Page {
    entries: { sequence: number; time: string; kind: string }[];
    next: string | null;
  }
  const get = async (query: string) =>
    (await (await gate.gateway.fetch(`/v1/record?${query}`)).json()) as Page;
  const first = await get(`approvalId=${approvalId}&limit=2`);
  const second = await get(`approvalId=${approvalId}&limit=3&cursor=${first.next ?? ''}`);
  expect([...first.entries, ...second.entries].map(({ kind }) => kind)).toEqual(await kinds(approvalId));
  expect(second.next).toBeNull();
  const since = first.entries[0]!.time;
  const { entries } = await get(`since=${since}&until=2999-01-01T00:00:00Z`);
  expect(entries.every(({ time }) => time >= since)).toBe(true);
  expect(entries.length).toBeGreaterThanOrEqual(5);
  // In UTC it is the year 10,000.
  expect((await get('limit=500&until=9999-12-31T23:59:59-01:00')).entries).toEqual(
    (await get('limit=500')).entries,
  );
  expect((await gate.gateway.fetch('/v1/record?since=yesterday')).status).toBe(400);
});

test('attempts that are refused are entries, at most 20 a person and minute', async () => {
  const { card } = await ask();
  for (let attempt = 0; attempt < 22; attempt += 1) {
    const body = {
      decision: 'approve',
      argumentsDigest: `sha256:${'0'.repeat(64)}`,
      decisionId: `d-${attempt}`,
    };
    const path = `/v1/approvals/${card.approvalId}/decision`;
    expect((await gate.gateway.fetch(path, { body: JSON.stringify(body) })).status).toBe(409);
  }
  const refused = await until('refused entries', async () => {
    const entries = await gate.store!.record.ofApproval(gate.tenant, card.approvalId);
    return entries.length >= 21 ? entries.filter(({ kind }) => kind === 'refused') : null;
  });
  expect(refused).toHaveLength(20);
  expect(refused[0]).toMatchObject({
    reason: 'digest_mismatch',
    person: { id: 'tester' },
    decision: 'approve',
  });
});

test('a request over HTTP: asked, decided, settled', async () => {
  const asked = await gate.gateway.fetch('/decisions', {
    body: JSON.stringify({ action: 'Delete the table' }),
  });
  const { id } = (await asked.json()) as { id: string };
  expect(await kinds(id)).toEqual(['requested']);
  await gate.client.decide(gate.tenant, { approvalId: id, decision: 'deny', approver: { id: 'grace' } });
  await until('it is settled', async () => ((await kinds(id)).length === 3 ? true : null));
  expect(await kinds(id)).toEqual(['requested', 'voted', 'settled']);
});

/** As `npx receipts` does, from the sources. */
const receipts = (...args: string[]) => {
  const main = fileURLToPath(import.meta.resolve('../../packages/receipts/src/cli/main.ts'));
  return follow(spawn(process.execPath, ['--conditions=countersign-source', main, ...args])).finished;
};
const record = (url: string, ...args: string[]) =>
  runCli(['record', ...args, '--tenant', gate.tenant, '--json'], {
    env: {
      ...{ COUNTERSIGN_DATABASE_URL: url, COUNTERSIGN_SIGNING_KEY: keyFile },
      ...{ TEMPORAL_ADDRESS: temporalAddress(), TEMPORAL_NAMESPACE: 'default' },
    },
  });

test('an export signed by the key of the environment is verified by both verifiers, with the keys alone', async () => {
  await refunded();
  const [out, csv] = [join(folder, 'record.ndjson'), join(folder, 'record.csv')];
  const done = await record(database.url, 'export', '--out', out, '--csv', csv);
  expect(done).toMatchObject({ code: 0 });
  expect(JSON.parse(done.stdout)).toMatchObject({ tenant: gate.tenant, out });
  expect((await readFile(csv, 'utf8')).split('\r\n')[0]).toContain('sequence,time,kind,approvalId');

  const trusted = ['--keys', trustedFile];
  expect(await receipts('verify', out, ...trusted)).toMatchObject({
    ...{ code: 0, stderr: '' },
    stdout: expect.stringMatching(/signed by keys that you trust[^]*✓ Nothing was changed/) as string,
  });
  const good = await runHere(['record', 'verify', out, ...trusted, '--json']);
  expect(good).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(good.stdout)).toMatchObject({ ok: true, tenant: gate.tenant, trust: 'trusted-keys' });

  const strangers = ['--keys', join(folder, 'strangers.json')];
  await runHere(['keys', 'create-signing', '--file', join(folder, 'other.json'), '--trusted', strangers[1]!]);
  const untrusted = await runHere(['record', 'verify', out, ...strangers]);
  expect(untrusted).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('which is not trusted') as string,
  });
  await writeFile(out, (await readFile(out, 'utf8')).replace('"grace"', '"alice"'));
  expect((await receipts('verify', out, ...trusted)).code).toBe(1);
});

test('an audit finds that they agree, and an entry that was taken away', async () => {
  const approvalId = await refunded();
  const later = { nowMs: Date.now() + 120_000 };
  const looked = (more: { keys?: Keys } = {}) =>
    audit(gate.store!, gate.tenant, shownToKept(gate.client.eachApproval(gate.tenant)), {
      ...later,
      ...more,
    });
  const whole = await until('Temporal lists it', async () => {
    const found = await looked();
    return found.approvals > 0 ? found : null;
  });
  expect(whole.discrepancies).toEqual([]);
  // With trusted keys it looks at signatures, though its own look at the record is not signed.
  const kindsBy = async (jwks: unknown) => {
    const { discrepancies } = await looked({ keys: await readKeys(jwks) });
    return [...new Set(discrepancies.map(({ kind }) => kind))];
  };
  expect(await kindsBy(await readFile(trustedFile, 'utf8'))).toEqual([]);
  const { publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  expect(await kindsBy({ keys: [await exportJWK(publicKey)] })).toEqual(['attestation-bad']);
  // Another database: all of this one but one entry.
  const other = await freshDatabase('sqlite');
  const store = await openStore({ url: other.url });
  const entries = await gate.store!.record.entries(gate.tenant, { limit: 1_000 });
  const isTaken = (entry: (typeof entries)[number]) => entry.id === `started:${approvalId}`;
  await store.record.append(
    gate.tenant,
    entries
      .filter((entry) => !isTaken(entry))
      .map(({ version: _v, tenant: _t, sequence: _s, ...entry }) => entry),
  );
  const found = await audit(store, gate.tenant, shownToKept(gate.client.eachApproval(gate.tenant)), later);
  const missing = found.discrepancies.filter((one) => one.kind === 'entry-missing');
  expect(missing).toMatchObject([{ approvalId }]);
  expect(missing[0]?.message).toContain('"started"');
  await store.close();

  // The same by the commands.
  expect(await record(database.url, 'audit')).toMatchObject({ code: 0 });
  const audited = await record(other.url, 'audit');
  expect(audited.code).toBe(1);
  expect((JSON.parse(audited.stdout) as Audit).discrepancies).toContainEqual(
    expect.objectContaining({ kind: 'ended-without-start', approvalId }),
  );
  await other.remove();
});

test('a gateway keeps checkpoints in the file that the environment names, and the export has grown from each', async () => {
  await refunded();
  const kept = join(folder, 'kept.jws');
  const env = {
    ...{ COUNTERSIGN_DATABASE_URL: database.url, COUNTERSIGN_SIGNING_KEY: keyFile },
    ...{ COUNTERSIGN_CHECKPOINT_FILE: kept, COUNTERSIGN_CHECKPOINT_INTERVAL: '1s' },
    ...{ COUNTERSIGN_API_KEYS: join(folder, 'api-keys.json'), COUNTERSIGN_GATEWAY_PORT: '0' },
    TEMPORAL_ADDRESS: temporalAddress(),
  };
  const named = ['--tenant', 'acme', '--name', 'ada', '--scope', 'record:read'];
  const made = await runHere(['keys', 'create', '--file', env.COUNTERSIGN_API_KEYS, ...named]);
  expect(made).toMatchObject({ code: 0 });
  const gateway = startCli(['gateway'], { env });
  const size = async () => (await gate.store!.record.tree(gate.tenant)).size;
  const sizes = async () => {
    const jwss = (await readFile(kept, 'utf8').catch(() => '')).split('\n').filter(Boolean);
    return jwss.map((jws) => decodeCheckpoint(jws).size);
  };
  const reached = async () => ((await sizes()).at(-1) === (await size()) ? true : null);
  await gateway.says('gateway.started');
  await until('the first', reached);
  await refunded();
  await until('the second', reached);
  gateway.child.kill('SIGTERM');
  expect(await gateway.finished).toMatchObject({ code: 0 });
  expect((await sizes()).length).toBeGreaterThanOrEqual(2);

  const out = join(folder, 'grown.ndjson');
  await runHere(['record', 'export', '--tenant', gate.tenant, '--out', out], { env });
  const held = ['--keys', trustedFile, '--checkpoints', kept];
  expect(await runHere(['record', 'verify', out, ...held])).toMatchObject({ code: 0, stderr: '' });

  const nowhere = { ...env, COUNTERSIGN_CHECKPOINT_FILE: join(folder, 'no', 'such', 'folder') };
  const refused = await runHere(['gateway'], { env: nowhere });
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('(ENOENT). Name a file') as string,
  });
});

test('the index of a store that was lost is written again by the command', async () => {
  const approvalId = await refunded();
  const { turn, card } = await ask();
  await until('Temporal lists both', async () => {
    const ids: string[] = [];
    for await (const one of gate.client.eachApproval(gate.tenant)) ids.push(one.approvalId);
    return ids.includes(approvalId) && ids.includes(card.approvalId) ? true : null;
  });
  const lost = await freshDatabase('sqlite');
  const done = await record(lost.url, 'rebuild-index');
  expect(done).toMatchObject({ code: 0 });
  const store = await openStore({ url: lost.url });
  const { index } = gate.store!;
  for (const id of [approvalId, card.approvalId])
    expect(await store.index.one(gate.tenant, id)).toEqual(await index.one(gate.tenant, id));
  expect(await store.index.one(gate.tenant, card.approvalId)).toMatchObject({ status: 'pending' });
  await store.close();
  await lost.remove();
  await card.deny({ as: 'grace' });
  await turn.reply();
});

test('what was written about an approval is erased, and its receipt and the export still verify', async () => {
  const approvalId = await refunded();
  const erase = (id: string) =>
    runHere(['record', 'erase', id, '--tenant', gate.tenant, '--json'], {
      env: { COUNTERSIGN_DATABASE_URL: database.url },
    });
  const { turn, card } = await ask();
  const refused = await erase(card.approvalId);
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('waits for a decision') as string,
  });
  expect((await erase('nothing')).stderr).toContain('has no approval');
  await card.deny({ as: 'grace' });
  await turn.reply();

  const contents = async () => {
    const answer = await gate.gateway.fetch(`/v1/record/approvals/${approvalId}`);
    const receipt = (await answer.json()) as Receipt;
    expect(await verifyReceipt(receipt)).toMatchObject({ ok: true, entries: 5 });
    return JSON.stringify(receipt).includes('A-1');
  };
  const isFound = async () => {
    const { approvals } = await gate.store!.index.list({ tenant: gate.tenant, q: 'A-1' });
    return approvals.some((one) => one.approvalId === approvalId);
  };
  expect([await contents(), await isFound()]).toEqual([true, true]);
  const done = await erase(approvalId);
  expect(done).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(done.stdout)).toMatchObject({ approvalId, erased: 2 });
  expect([await contents(), await isFound()]).toEqual([false, false]);
  // Temporal still has it.
  expect(await record(database.url, 'rebuild-index')).toMatchObject({ code: 0 });
  expect([await contents(), await isFound()]).toEqual([false, false]);
});
