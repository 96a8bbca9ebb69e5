import { join } from 'node:path';

import { readKeys, readSigningKey, verifyReceipt, type SigningKey } from '@countersign/receipts';
import { exportJWK, generateKeyPair } from 'jose';
import { beforeAll, afterAll, expect, it } from 'vitest';

import type { Fact } from '../../src/contracts/recording/fact.ts';
import { createRecorder } from '../../src/record/recorder.ts';
import { createRefusals } from '../../src/record/refusals.ts';
import { StoreUnavailableError } from '../../src/store/errors.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { testFolder } from '../support/folder.ts';
import { APPROVAL_ID, createTestGateway, NOW, signedInBrowser, TENANT, TURN_ID } from './support.ts';

/** The record's part of the inbox, of a real store. */

const RECORD = `/inbox/approvals/${APPROVAL_ID}/record`;
const RECEIPT = `/inbox/approvals/${APPROVAL_ID}/receipt`;
const folder = testFolder();
let store: Store;
let key: SigningKey;

const about = { approvalId: APPROVAL_ID, tool: 'refund_order', digest: `sha256:${'3f9a'.repeat(16)}` };
const time = (second: number) => new Date(NOW + second * 1_000).toISOString();
const vote = {
  ...{ decisionId: 'd1', decision: 'approve' as const, approver: { id: 'bob' }, source: 'api' },
  ...{ decidedAt: time(3), note: 'As <b>agreed</b>.', authenticated: { by: 'key' as const, name: 'desk' } },
};
const FACTS: Fact[] = [
  {
    ...{ ...about, is: 'requested', at: time(0) },
    question: {
      ...{ arguments: {}, toolDescription: 'Pays money back.', requestedBy: 'maria@shop.example' },
      ...{ deadline: time(600), runDeadline: null, onRunDeadline: 'deny' },
    },
  },
  { ...about, is: 'voted', at: time(3), vote },
  { ...about, is: 'settled', at: time(3), status: 'approved', decisionId: 'd1' },
  { ...about, is: 'started', at: time(4) },
  { ...about, is: 'ended', at: time(5), outcome: 'executed', output: 'Refunded 129.00 EUR.' },
];

beforeAll(async () => {
  store = await openStore({ url: `sqlite:${join(folder, 'store.sqlite')}`, clock: () => NOW });
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  key = await readSigningKey(await exportJWK(privateKey));
  const [asked, ...rest] = FACTS as [Fact, ...Fact[]];
  const recorder = createRecorder(store);
  const turn = { tenant: TENANT, turnId: TURN_ID, conversationId: 'order-4711' };
  await recorder.write(turn, [asked]);
  const attempt = { approvalId: APPROVAL_ID, decisionId: 'd0', decision: 'approve' as const };
  await createRefusals(store, () => NOW + 1_000).write(
    TENANT,
    { ...attempt, approver: { id: 'eve' } },
    { outcome: 'refused', reason: 'not_an_approver' },
  );
  await recorder.write(turn, rest);
});
afterAll(() => store.close());

const open = async (deps: Parameters<typeof createTestGateway>[0]) => {
  const gateway = createTestGateway(deps);
  const browser = await signedInBrowser(gateway, ['finance']);
  const see = async (path: string) => {
    const answer = await browser.get(path);
    const text = (await answer.text()).replaceAll(/\s+/g, ' ');
    return { answer, text, words: text.replaceAll(/<[^>]*>/g, '').replaceAll(/ +/g, ' ') };
  };
  return { gateway, see };
};

it('tells every entry in words, with its time, its person and its digest in short', async () => {
  const { see } = await open({ store });
  const { text, words } = await see(RECORD);
  const told = [
    'Asked for maria@shop.example, open until 2026-03-01 12:10:00 UTC.',
    'A decision by eve was refused: they are in none of the groups that may decide.',
    'bob approved it. Note As &lt;b&gt;agreed&lt;/b&gt;.',
    '2026-03-01 12:00:03 UTC entry 2 sha256:3f9a3f9a3f9a… known by an API key, the decision is not signed',
    'Settled: it is approved.',
    'The action began.',
    'The action was carried out. What came of it Refunded 129.00 EUR.',
  ];
  for (const sentence of told) expect(words).toContain(sentence);
  const places = told.map((sentence) => words.indexOf(sentence));
  expect(places).toEqual(places.toSorted((one, other) => one - other));
  expect(text).toContain(`<a href="${RECORD}" aria-current="page">Record</a>`);
  expect((await see(`/inbox/approvals/${APPROVAL_ID}`)).text).toContain(`<a href="${RECORD}" >Record</a>`);
});

it('gives the receipt to take along, which verifies by the keys that the page names', async () => {
  const signing = { signingKey: key, publicKeys: { keys: [key.publicJwk] } };
  const { gateway, see } = await open({ store, ...signing });
  const { text } = await see(RECORD);
  expect(text).toContain(`href="${RECEIPT}"`);
  expect(text).toContain('--keys keys.json');
  const receipt = await see(RECEIPT);
  expect(receipt.answer.headers.get('content-disposition')).toBe(
    `attachment; filename="${APPROVAL_ID}.receipt.json"`,
  );
  const jwks = await (await gateway.app.request('/.well-known/countersign/jwks.json')).text();
  const report = await verifyReceipt(receipt.text, { keys: await readKeys(jwks) });
  expect(report).toMatchObject({ intact: true, trust: 'trusted-keys', entries: 6, problems: [] });
  expect((await (await open({ store })).see(RECORD)).text).toContain('This gateway has no signing key.');
});

it('says of a text that was erased that it was, and the rest still verifies', async () => {
  const [, , voted] = await store.record.ofApproval(TENANT, APPROVAL_ID);
  await store.record.erase(TENANT, voted!.contents!.note!);
  const { see } = await open({ store });
  expect((await see(RECORD)).words).toContain('The note was erased.');
  expect(await verifyReceipt((await see(RECEIPT)).text)).toMatchObject({ intact: true });
});

it('needs the store alone: an approval that Temporal has forgotten is still told', async () => {
  const { gateway, see } = await open({ store });
  gateway.client.approvals = [];
  const { answer, words } = await see(RECORD);
  expect([answer.status, words.includes('Settled: it is approved.')]).toEqual([200, true]);
});

it('says plainly that the store cannot be used, and that the approval can be decided meanwhile', async () => {
  const fail = () => Promise.reject(new StoreUnavailableError('unreachable', 'nothing answers'));
  const { gateway, see } = await open({ store: { ...store, record: { ...store.record, ofApproval: fail } } });
  const { answer, words } = await see(RECORD);
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  expect(words).toContain('The store cannot be used now, so the record cannot be shown.');
  expect(gateway.logged.at(-2)).toMatchObject({ event: 'record.unavailable' });
  expect((await see(`/inbox/approvals/${APPROVAL_ID}`)).words).toContain('Waiting for a decision');
});

it('says plainly that there is no store, or no entry yet', async () => {
  const { see } = await open({});
  expect((await see(RECORD)).words).toContain('This gateway keeps no record');
  expect((await see(RECEIPT)).answer.status).toBe(501);
  const empty = await openStore({ url: `sqlite:${join(folder, 'empty.sqlite')}`, clock: () => NOW });
  const other = await open({ store: empty });
  expect((await other.see(RECORD)).words).toContain('The record has no entry of this approval yet.');
  expect((await other.see(RECEIPT)).answer.status).toBe(404);
  await empty.close();
});

it('shows nobody the record of another tenant, nor of an approval that is none', async () => {
  await createRecorder(store).write({ tenant: 'globex' }, [
    { ...FACTS[0]!, approvalId: `${TURN_ID}.a1b2c3d4` },
  ]);
  const { see } = await open({ store });
  for (const id of [`${TURN_ID}.a1b2c3d4`, 'nonsense'])
    for (const page of ['record', 'receipt'])
      expect((await see(`/inbox/approvals/${id}/${page}`)).answer.status).toBe(404);
});
