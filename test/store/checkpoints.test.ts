import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { readCheckpoint, readKeys, readSigningKey } from '@countersign/receipts';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { createWebhookSecret, verify } from '../../src/contracts/webhooks/signature.ts';
import { createMetrics } from '../../src/gateway/metrics.ts';
import { eventSink } from '../../src/record/checkpoints/event-sink.ts';
import { fileSink } from '../../src/record/checkpoints/file-sink.ts';
import { keepCheckpoints } from '../../src/record/checkpoints/keep.ts';
import { s3Sink } from '../../src/record/checkpoints/s3-sink.ts';
import type { CheckpointSink } from '../../src/record/checkpoints/sink.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { until } from '../../src/testing/wait.ts';
import { freshDatabase, KINDS, type FreshDatabase } from './databases.ts';
import { entriesOf } from './entries.ts';
import { runHere } from '../support/cli-here.ts';
import { testFolder } from '../support/folder.ts';
import { startReceiver } from '../support/receiver.ts';
import { startBucket } from '../support/s3.ts';

const folder = testFolder();
const privateJwk = await exportJWK(
  (await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })).privateKey,
);
const key = await readSigningKey(privateJwk);
const keys = await readKeys({ keys: [key.publicJwk] });

/** What each place has got, oldest first. */
async function sizesOf(jwss: readonly string[], tenant = 'acme'): Promise<number[]> {
  const read = await Promise.all(jwss.map((jws) => readCheckpoint(jws.trim(), keys)));
  return read.flatMap((one) => {
    if (!one.ok) throw new Error(one.problem);
    return one.checkpoint.tenant === tenant ? [one.checkpoint.size] : [];
  });
}
const sizesIn = async (file: string, tenant?: string) => {
  const text = await readFile(file, 'utf8').catch(() => '');
  return sizesOf(text.split('\n').filter(Boolean), tenant);
};

function keep(store: Store, sinks: readonly CheckpointSink[], everyMs = 100) {
  const stop = new AbortController();
  const [metrics, log] = [createMetrics(), vi.fn()];
  const options = { store, key, everyMs, sinks, clock: Date.now, log, metrics, signal: stop.signal };
  const ended = keepCheckpoints(options);
  const stopped = async () => {
    stop.abort();
    await ended;
  };
  return { metrics, log, [Symbol.asyncDispose]: stopped };
}

describe.each(KINDS)('checkpoints on %s', (kind) => {
  let database: FreshDatabase;
  const stores: Store[] = [];
  const opened = async () => {
    const store = await openStore({ url: database.url });
    stores.push(store);
    return store;
  };
  beforeAll(async () => {
    database = await freshDatabase(kind);
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await database.remove();
  });

  test('of two gateways with one store one signs and sends each, whenever a record has grown', async () => {
    const receiver = await startReceiver();
    const sinks = [eventSink({ url: receiver.url, secret: createWebhookSecret() })];
    const store = await opened();
    await store.record.append('acme', entriesOf('first', 3));
    const received = () =>
      receiver.received.map(({ body }) => (JSON.parse(body) as { data: { checkpoint: string } }).data);
    const sizes = () => sizesOf(received().map(({ checkpoint }) => checkpoint));
    {
      await using _one = keep(store, sinks, 1_000);
      await using _other = keep(await opened(), sinks, 1_000);
      await until('the first', async () => (await sizes()).length > 0);
      await store.record.append('acme', entriesOf('second', 2));
      await store.record.append('globex', entriesOf('second', 1));
      await until('both tenants', () => receiver.received.length > 2);
    }
    expect(await sizes()).toEqual([3, 5]);
    expect(receiver.received).toHaveLength(3);
    expect(await store.record.latestCheckpoint('acme')).toMatchObject({ size: 5 });
    await receiver.close();
  });

  test('a place that is down gets all when it is back; the others do not wait, and operators see it', async () => {
    const store = await opened();
    const bucket = await startBucket({ AKID: 's3cret' });
    const file = join(folder, `${kind}-waits.jws`);
    const s3 = { bucket: 'checkpoints', prefix: 'prod', region: 'eu-central-1', endpoint: bucket.url };
    const sinks = [
      fileSink(file),
      s3Sink({ ...s3, credentials: { accessKeyId: 'AKID', secretAccessKey: 's3cret' } }),
    ];
    bucket.isDown = true;
    await using kept = keep(store, sinks);
    const rendered = (line: string) => until(line, () => kept.metrics.render().includes(line));
    const before = await store.record.tree('acme');
    for (const round of ['a', 'b']) {
      await store.record.append('acme', entriesOf(round, 1));
      await until(`${round} in the file`, async () => {
        const sizes = await sizesIn(file);
        return sizes.includes((await store.record.tree('acme')).size);
      });
    }
    expect(bucket.objects.size).toBe(0);
    await rendered('countersign_checkpoint_deliveries_total{sink="s3",outcome="failed"}');
    expect(kept.log).toHaveBeenCalledWith(
      'checkpoint.not_sent',
      expect.objectContaining({ message: 'The bucket checkpoints answered 503 (SlowDown).' }),
    );
    bucket.isDown = false;
    await rendered('countersign_checkpoints_undelivered{sink="s3"} 0');
    const own = [...bucket.objects].filter(([path]) => path.startsWith('/checkpoints/prod/acme/'));
    const sizes = await sizesOf(own.map(([, body]) => body));
    expect(sizes.slice(-2)).toEqual([before.size + 1, before.size + 2]);
    expect(sizes).toEqual(await sizesIn(file));
    await bucket.close();
  });

  test('one that was signed and not sent is sent by the next process', async () => {
    const store = await opened();
    const file = join(folder, `${kind}-later.jws`);
    const sink = fileSink(file);
    await store.record.append('acme', entriesOf('later', 1));
    const { size } = await store.record.tree('acme');
    {
      const send = vi.fn(() => Promise.reject(new Error('no')));
      await using _dies = keep(store, [{ ...sink, send }]);
      await until('it tries', () => send.mock.calls.length > 0);
    }
    await using _next = keep(await opened(), [sink]);
    await until('the file', async () => {
      const sizes = await sizesIn(file);
      return sizes.at(-1) === size;
    });
  });

  test('a record that contradicts what was said of it is not signed, and the other ones are', async () => {
    const store = await opened();
    await store.record.append('globex', entriesOf('before', 4));
    await using kept = keep(store, []);
    const signed = (tenant: string, size: number) =>
      until(`${tenant} at ${size}`, async () => (await store.record.latestCheckpoint(tenant))?.size === size);
    await signed('globex', (await store.record.tree('globex')).size);
    const nodes = await database.query(
      "select hash from countersign.tree_nodes where tenant = 'acme' limit 1",
    );
    expect(nodes).toHaveLength(1);
    const zeros = kind === 'sqlite' ? 'zeroblob(32)' : "decode(repeat('00', 32), 'hex')";
    await database.query(`update countersign.tree_nodes set hash = ${zeros} where tenant = 'globex'`);
    await store.record.append('globex', entriesOf('after', 1));
    await store.record.append('acme', entriesOf('after', 1));
    await signed('acme', (await store.record.tree('acme')).size);
    const refused = 'countersign_checkpoints_total{outcome="refused"}';
    await until(refused, () => kept.metrics.render().includes(refused));
    expect(kept.log).toHaveBeenCalledWith(
      'checkpoint.refused',
      expect.objectContaining({
        message: expect.stringMatching(/"globex" at size .* another root/) as string,
      }),
    );
  });
});

test('an event is signed, says what it is, and has one id however often it is sent', async () => {
  const receiver = await startReceiver({ status: 302 });
  const secret = createWebhookSecret();
  const sink = eventSink({ url: receiver.url, secret });
  const sent = {
    ...{ tenant: 'acme', size: 1, root: `sha256:${'0'.repeat(64)}` },
    time: '',
    checkpoint: 'a.b.c',
  };
  const { signal } = new AbortController();
  await expect(sink.send(sent, signal)).rejects.toThrow(/answered 302/);
  await sink.send(sent, signal);
  const [first, second] = receiver.received;
  expect(first?.headers['webhook-id']).toBe(second?.headers['webhook-id']);
  const headers = new Headers(second?.headers as Record<string, string>);
  const body = Buffer.from(second?.body ?? '');
  expect(verify({ headers, body, secrets: [secret], nowMs: Date.now() })).toMatchObject({ ok: true });
  expect(JSON.parse(second?.body ?? '')).toMatchObject({ type: 'record.checkpoint', data: sent });
  await receiver.close();
  await expect(sink.send(sent, signal)).rejects.toThrow(/^127\.0\.0\.1:\d+ does not answer \(/);
});

test('a bucket that does not take our key, and a file that was cut within a line', async () => {
  const bucket = await startBucket({ AKID: 'other' });
  const sink = s3Sink({
    ...{ bucket: 'checkpoints', region: 'us-east-1', endpoint: bucket.url },
    credentials: { accessKeyId: 'AKID', secretAccessKey: 's3cret' },
  });
  const sent = { tenant: 'acme', size: 1, root: `sha256:${'0'.repeat(64)}`, time: '', checkpoint: 'a.b.c' };
  const { signal } = new AbortController();
  await expect(sink.send(sent, signal)).rejects.toThrow('answered 403 (SignatureDoesNotMatch)');
  await bucket.close();
  const file = join(folder, 'cut.jws');
  await writeFile(file, 'a.b');
  await fileSink(file).send(sent, signal);
  expect(await readFile(file, 'utf8')).toBe('a.b\na.b.c\n');
});

describe('a record that was changed behind our back', () => {
  const url = `sqlite:${join(folder, 'changed.sqlite')}`;
  const [kept, keysFile] = [join(folder, 'kept.jws'), join(folder, 'keys.json')];
  const env = { COUNTERSIGN_DATABASE_URL: url, COUNTERSIGN_SIGNING_KEY: join(folder, 'key.json') };
  const original = [...entriesOf('old', 300)];

  /** Everything is written again as if it had always been so, and signed again by the gateway's own key. */
  async function rewritten(entries: typeof original): Promise<string> {
    await rm(join(folder, 'changed.sqlite'));
    const store = await openStore({ url });
    await store.record.append('acme', entries);
    await store.close();
    const out = join(folder, 'changed.ndjson');
    expect(await runHere(['record', 'export', '--tenant', 'acme', '--out', out], { env })).toMatchObject({
      code: 0,
    });
    return out;
  }
  const verified = (file: string, ...more: string[]) =>
    runHere(['record', 'verify', file, '--keys', keysFile, ...more]);

  beforeAll(async () => {
    await writeFile(env.COUNTERSIGN_SIGNING_KEY, JSON.stringify(privateJwk));
    await writeFile(keysFile, JSON.stringify(keys.jwks));
    const store = await openStore({ url });
    for (const end of [100, 200, 300]) {
      await store.record.append('acme', original.slice(0, end));
      await store.record.append('globex', original.slice(0, end));
      await using _kept = keep(store, [fileSink(kept)]);
      await until(`${end}`, async () => (await sizesIn(kept, 'globex')).includes(end));
    }
    await store.close();
  });

  test.each([
    ['it only grew', [...original, ...entriesOf('new', 5)], null],
    [
      'its last entries were taken away',
      original.slice(0, 250),
      'is of 300 entries at .*, and this one is of 250 .*: entries were taken away',
    ],
    [
      'an entry was changed, and it has grown since',
      [...original.with(150, { ...original[150]!, reason: 'another' }), ...entriesOf('new', 5)],
      'is of 200 entries at .*, with another root: entries before it were changed',
    ],
  ])(
    'verifies, and does not against the checkpoints kept elsewhere, unless %s',
    async (_, entries, problem) => {
      const file = await rewritten(entries);
      expect(await verified(file)).toMatchObject({ code: 0 });
      const held = await verified(file, '--checkpoints', kept);
      expect(held.code).toBe(problem === null ? 0 : 1);
      if (problem !== null)
        expect(held.stdout).toMatch(new RegExp(`The checkpoint [3-6] that you hold ${problem}`));
      expect(held.stdout).not.toMatch(/checkpoint [12] that you hold/);
    },
  );
});
