import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { createClient } from '../../src/client.ts';
import { createApiKey, SCOPES } from '../../src/gateway/app.ts';
import { shownToKept } from '../../src/record/from-temporal.ts';
import { rebuild } from '../../src/record/rebuild.ts';
import { openStore } from '../../src/store/store.ts';
import { temporalAddress } from '../setup/temporal.ts';
import { startCli, type RunningCommand } from '../support/cli.ts';
import { testFolder } from '../support/folder.ts';
import { until } from '../../src/testing/wait.ts';

/** A gateway with little memory, in a process of its own, and a tenant with 200 approvals of 95 kB. */

const MEGABYTE = 1024 * 1024;
const large = `large-${randomUUID().slice(0, 8)}`;
const small = `small-${randomUUID().slice(0, 8)}`;
const keyOf = (tenant: string) => createApiKey({ name: 'desk', tenant, scopes: [...SCOPES] });
const keys = { large: keyOf(large), small: keyOf(small) };

let gateway: RunningCommand;
let url: string;

beforeAll(async () => {
  const file = join(testFolder(), 'api-keys.json');
  await writeFile(file, JSON.stringify({ keys: [keys.large.entry, keys.small.entry] }));
  const client = await createClient({
    ...{ connection: { address: temporalAddress() }, namespace: 'default', taskQueue: randomUUID() },
  });
  const ask = (tenant: string, context: string) =>
    client.askForDecision({
      tenant,
      action: 'Send it',
      context,
      urgency: 'low',
      requestedBy: 'desk',
      withinMs: 3_600_000,
    });
  for (let asked = 0; asked < 200; asked += 10) {
    await Promise.all([...Array(10).keys()].map(() => ask(large, 'x'.repeat(95_000))));
  }
  await ask(small, 'little');
  // No worker has seen them, so the index is made from Temporal.
  const storeUrl = `sqlite:${join(testFolder(), 'store.sqlite')}`;
  const store = await openStore({ url: storeUrl });
  for (const [tenant, count] of [[large, 200] as const, [small, 1] as const]) {
    await until('Temporal lists all', async () => {
      const written = await rebuild(store, shownToKept(client.eachApproval(tenant)));
      return written === count || null;
    });
  }
  await store.close();
  await client.close();

  gateway = startCli(['gateway'], {
    env: {
      ...{ NODE_OPTIONS: '--max-old-space-size=256', TEMPORAL_ADDRESS: temporalAddress() },
      COUNTERSIGN_DATABASE_URL: storeUrl,
      ...{ COUNTERSIGN_API_KEYS: file, COUNTERSIGN_GATEWAY_HOST: '127.0.0.1', COUNTERSIGN_GATEWAY_PORT: '0' },
    },
  });
  [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(await gateway.says('http://127.0.0.1:')) ?? [];
}, 120_000);

afterAll(() => gateway.child.kill());

async function read(path: string, { key }: { key: string }) {
  const startedAt = performance.now();
  const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } });
  const text = await answer.text();
  const { status, headers } = answer;
  return { status, text, retryAfter: headers.get('retry-after'), ms: performance.now() - startedAt };
}

/** The most the process has had in memory so far. */
function peakBytes(): number {
  const [, kilobytes = ''] =
    /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${gateway.child.pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

test.each([
  ['?limit=200', 200, MEGABYTE],
  ['?expand=arguments', 20, 4 * MEGABYTE],
])(
  'forty lists at once (%s) are answered or put off, in bounded memory, and nobody else waits for them',
  async (query, length, most) => {
    const alone: number[] = [];
    for (let count = 0; count < 15; count += 1) alone.push((await read('/v1/approvals', keys.small)).ms);

    const progress = { areDone: false };
    const beganAt = performance.now();
    const lists = Promise.all(
      [...Array(40).keys()].map(() => read(`/v1/approvals${query}`, keys.large)),
    ).finally(() => (progress.areDone = true));
    const beside: number[] = [];
    while (!progress.areDone) {
      const { status, ms } = await read('/v1/approvals', keys.small);
      expect(status).toBe(200);
      beside.push(ms);
    }
    const answers = await lists;
    const listsMs = performance.now() - beganAt;
    const whole = answers.filter(({ status }) => status === 200);
    const putOff = answers.filter(({ status }) => status === 429);
    expect(whole.length).toBeGreaterThan(0);
    expect(whole.length + putOff.length).toBe(40);
    for (const { text } of whole) {
      expect(JSON.parse(text)).toMatchObject({ more: length < 200, approvals: { length } });
      expect(text.length).toBeLessThan(most);
    }
    for (const { retryAfter } of putOff) expect(Number(retryAfter)).toBeGreaterThan(0);
    expect(peakBytes()).toBeLessThan(500 * MEGABYTE);
    // On a machine on which a read takes long anyway, it may take a few times as long. Previews take a few ms each: who comes last waits for all.
    expect(median(beside)).toBeLessThan(Math.max(1_000, 10 * median(alone), listsMs / 4));
  },
  90_000,
);

test('64 bodies of strangers at once leave its memory as bounded', async () => {
  const body = Buffer.alloc(MEGABYTE, 'x');
  const answers = await Promise.all(
    [...Array(64).keys()].map(async (count) => {
      const path = count % 2 ? 'slack' : `handover?tenant=${large}&approval=req_${'0'.repeat(24)}&token=none`;
      const headers = {
        'webhook-id': 'msg_1',
        'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
        'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}`,
      };
      const answer = await fetch(`${url}/v1/webhooks/${path}`, { method: 'POST', headers, body });
      return answer.status;
    }),
  );
  expect(answers.filter((status) => status !== 401 && status !== 429)).toEqual([]);
  expect(peakBytes()).toBeLessThan(500 * MEGABYTE);
}, 60_000);
