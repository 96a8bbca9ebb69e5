import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { createWebhookSecret, sign } from '../../src/contracts/webhooks/signature.ts';
import { followWebhookSources } from '../../src/gateway/app.ts';
import { openStore } from '../../src/store/store.ts';
import { until } from '../../src/testing/wait.ts';
import { testFolder } from '../support/folder.ts';
import {
  APPROVAL_ID,
  createTestGateway,
  problemOf,
  NOW,
  signedWebhook,
  TENANT,
  WEBHOOK_SECRET,
} from './support.ts';

const PATH = '/v1/webhooks/slack';
const DECISION = {
  approvalId: APPROVAL_ID,
  approver: { id: 'U123', groups: ['finance'] },
  decision: 'approve',
};
const BODY = JSON.stringify(DECISION);
const SECONDS = NOW / 1_000;

interface Webhook {
  headers: Record<string, string>;
  body: string | Uint8Array<ArrayBuffer>;
}

/** An honest webhook with one thing changed. */
function bad(change: (webhook: Webhook & { signature: string }) => Partial<Webhook>): Webhook {
  const { headers, body } = signedWebhook(BODY);
  const changed = change({ headers, body, signature: headers['webhook-signature'] });
  return { body: changed.body ?? body, headers: { ...headers, ...changed.headers } };
}

function without(name: string): Webhook {
  const { headers, body } = signedWebhook(BODY);
  return { body, headers: Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name)) };
}

const withSignature = (change: (signature: string) => string) =>
  bad(({ signature }) => ({ headers: { 'webhook-signature': change(signature) } }));
const withHeader = (name: string, value: string) => bad(() => ({ headers: { [name]: value } }));
const signedAt = (timestamp: number) => signedWebhook(BODY, { timestamp });
const signedBody = (value: unknown) =>
  signedWebhook(typeof value === 'string' ? value : JSON.stringify(value));
const otherSignature = sign({ secret: createWebhookSecret(), id: 'msg_1', timestamp: SECONDS, body: BODY });

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** The same 32 bytes to a lenient decoder: the lowest bits of the last character carry nothing. */
const nextCharacter = (end: string) => `${BASE64[BASE64.indexOf(end[0]!) + 1]!}=`;

/** Every signature here is broken in one way; each is answered 401. */
const UNVERIFIED: Record<string, Webhook> = {
  'no id': without('webhook-id'),
  'no timestamp': without('webhook-timestamp'),
  'no signature': without('webhook-signature'),
  'an empty id': withHeader('webhook-id', ''),
  'two ids': withHeader('webhook-id', 'msg_1, msg_1'),
  'an id with a full stop': signedWebhook(BODY, { id: 'msg.1' }),
  'an id of 257 characters': signedWebhook(BODY, { id: 'x'.repeat(257) }),
  'another id': withHeader('webhook-id', 'msg_2'),
  'an empty timestamp': withHeader('webhook-timestamp', ''),
  'two timestamps': withHeader('webhook-timestamp', `${SECONDS}, ${SECONDS}`),
  'a timestamp with a sign': withHeader('webhook-timestamp', `+${SECONDS}`),
  'a negative timestamp': withHeader('webhook-timestamp', `-${SECONDS}`),
  'a timestamp with a leading zero': withHeader('webhook-timestamp', `0${SECONDS}`),
  'a timestamp with a fraction': withHeader('webhook-timestamp', `${SECONDS}.0`),
  'a timestamp in scientific form': withHeader('webhook-timestamp', '1.7e9'),
  'a timestamp in hexadecimal': withHeader('webhook-timestamp', `0x${SECONDS.toString(16)}`),
  'a timestamp in milliseconds': signedAt(NOW),
  'a timestamp as a date': withHeader('webhook-timestamp', new Date(NOW).toISOString()),
  'a timestamp five minutes and a second old': signedAt(SECONDS - 301),
  'a timestamp five minutes and a second ahead': signedAt(SECONDS + 301),
  'an empty signature': withHeader('webhook-signature', ''),
  'a signature without its version': withSignature((signature) => signature.slice(3)),
  'a signature of another version': withSignature((signature) => signature.replace('v1', 'v2')),
  'only an asymmetric signature': withSignature((signature) => signature.replace('v1', 'v1a')),
  'a version in capitals': withSignature((signature) => signature.replace('v1', 'V1')),
  'a signature without padding': withSignature((signature) => signature.replace('=', '')),
  'a signature with too much padding': withSignature((signature) => `${signature}=`),
  'a signature in base64url': withSignature((signature) => signature.replace(/[+/]/g, '-').replace('=', '')),
  'a signature in hex': withSignature(
    (signature) => `v1,${Buffer.from(signature.slice(3), 'base64').toString('hex')}`,
  ),
  'a signature with stray bits': withSignature((signature) => signature.replace(/.=$/, nextCharacter)),
  'a shortened signature': withSignature((signature) => `${signature.slice(0, 30)}=`),
  'an empty v1': withHeader('webhook-signature', 'v1,'),
  'signatures separated by commas': withSignature((signature) => `${otherSignature},${signature}`),
  'two signature headers': withSignature((signature) => `${signature}, ${signature}`),
  'signatures separated by two spaces': withSignature((signature) => `${otherSignature}  ${signature}`),
  'seventeen signatures': withSignature((signature) => Array.from({ length: 17 }, () => signature).join(' ')),
  'a signature of another secret': withHeader('webhook-signature', otherSignature),
  'one space more in the body': bad(() => ({ body: `${BODY} ` })),
  'another decision in the body': bad(() => ({ body: BODY.replace('approve"', 'deny"') })),
  'an empty body': bad(() => ({ body: '' })),
  'a body that is not UTF-8': bad(() => ({ body: Uint8Array.of(0xff, 0xfe) })),
};

/** Rightly signed, and still nothing to act on. */
const SIGNED_BUT_BAD: Record<string, [Webhook, number]> = {
  'an empty body': [signedBody(''), 400],
  'a body that is not JSON': [signedBody('approve it'), 400],
  'a body nested too deep': [signedBody('['.repeat(50_000) + ']'.repeat(50_000)), 400],
  'a list': [signedBody([DECISION]), 422],
  null: [signedBody('null'), 422],
  'no approval id': [signedBody({ ...DECISION, approvalId: undefined }), 422],
  'no approver': [signedBody({ ...DECISION, approver: undefined }), 422],
  'an approver without a name': [signedBody({ ...DECISION, approver: { id: '' } }), 422],
  'groups that are no list': [signedBody({ ...DECISION, approver: { id: 'U1', groups: 'finance' } }), 422],
  'an unknown decision': [signedBody({ ...DECISION, decision: 'allow' }), 422],
  'an unknown field': [signedBody({ ...DECISION, tenant: 'globex' }), 422],
  'an edit without arguments': [signedBody({ ...DECISION, decision: 'edit' }), 422],
  'a malformed approval id': [signedBody({ ...DECISION, approvalId: '../../x' }), 404],
  'an unknown approval': [signedBody({ ...DECISION, approvalId: APPROVAL_ID.replace('4711', '4712') }), 404],
};

describe('a webhook', () => {
  it('rightly signed is a decision of the source’s tenant, named by the webhook id, or by its decisionId', async () => {
    const { ask, client } = createTestGateway();
    const response = await ask('POST', PATH, { key: null, ...signedWebhook(BODY) });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ outcome: 'applied', decisionId: 'msg_1' });
    const received = { tenant: TENANT, decidedAt: new Date(NOW).toISOString(), source: 'webhook:slack' };
    const authenticated = { by: 'webhook', name: 'slack' };
    expect(client.decisions).toEqual([{ ...DECISION, ...received, authenticated, decisionId: 'msg_1' }]);
    await ask('POST', PATH, { key: null, ...signedBody({ ...DECISION, decisionId: 'click-7' }) });
    expect(client.decisions[1]?.decisionId).toBe('click-7');
  });

  it('is verified over its raw bytes, however they are spaced', async () => {
    const spaced = JSON.stringify(DECISION, null, 4);
    const response = await createTestGateway().ask('POST', PATH, { key: null, ...signedWebhook(spaced) });
    expect(response.status).toBe(200);
  });

  it('is accepted with the old and the new secret while they are rotated', async () => {
    const next = createWebhookSecret();
    const webhookSources = [{ source: 'slack', tenant: TENANT, secrets: [next, WEBHOOK_SECRET] }];
    const { ask } = createTestGateway({ webhookSources });
    for (const secret of [next, WEBHOOK_SECRET]) {
      expect((await ask('POST', PATH, { key: null, ...signedWebhook(BODY, { secret }) })).status).toBe(200);
    }
  });

  it.each(Object.entries(UNVERIFIED))('with %s is answered 401 and does nothing', async (_what, webhook) => {
    const { ask, client } = createTestGateway();
    const response = await ask('POST', PATH, { key: null, ...webhook });
    expect(await problemOf(response)).toMatchObject({
      status: 401,
      type: 'urn:countersign:problem:webhook-not-verified',
    });
    expect(client.decisions).toEqual([]);
  });

  it.each(Object.entries(SIGNED_BUT_BAD))(
    'rightly signed with %s is refused',
    async (_what, [webhook, status]) => {
      const { ask, client } = createTestGateway();
      const response = await ask('POST', PATH, { key: null, ...webhook });
      expect(response.status).toBe(status);
      expect(client.decisions).toEqual([]);
    },
  );

  it('of a source nobody set up is answered like one that is signed wrongly', async () => {
    const { ask, logged } = createTestGateway();
    const webhook = { key: null, ...signedWebhook(BODY, { secret: createWebhookSecret() }) };
    const answers = await Promise.all(
      [PATH, '/v1/webhooks/teams', '/v1/webhooks/openai', '/v1/webhooks/handover'].map(async (path) => {
        const { requestId: _, ...problem } = (await (await ask('POST', path, webhook)).json()) as object & {
          requestId: string;
        };
        return problem;
      }),
    );
    expect(answers).toEqual(answers.map(() => answers[0]));
    expect(answers[0]).toMatchObject({ status: 401, reason: 'signature_mismatch' });
    const refused = logged.filter(({ event }) => event === 'webhook.refused');
    expect(refused.map(({ fields }) => [fields.source, fields.isKnown])).toEqual(
      expect.arrayContaining([
        ['slack', true],
        ['teams', false],
      ]),
    );
  });

  const restricted = {
    ...{ source: 'slack', tenant: TENANT, secrets: [WEBHOOK_SECRET] },
    ...{ people: ['ada', 'grace'], groups: ['finance'] },
  };
  it.each<[string, { id: string; groups?: string[] }, string | null, RegExp]>([
    ['a person and group of its entry', { id: 'ada', groups: ['finance'] }, null, /./],
    ['a person of its entry, in no group', { id: 'grace' }, null, /./],
    [
      'another person',
      { id: 'eve', groups: ['finance'] },
      'approver.id',
      /"eve" must be one of ada, grace\..*"people"/,
    ],
    ['the person in other letters', { id: 'Ada' }, 'approver.id', /"Ada" must be one of ada, grace/],
    [
      'another group beside an allowed one',
      { id: 'ada', groups: ['finance', 'security'] },
      'approver.groups.1',
      /"security" must be one of finance\. Add it to "groups" of the source "slack" in COUNTERSIGN_WEBHOOK_SECRETS/,
    ],
  ])('whose entry lists people and groups, names %s', async (_what, approver, field, message) => {
    const { ask, client } = createTestGateway({ webhookSources: [restricted] });
    const body = JSON.stringify({ ...DECISION, approver });
    const response = await ask('POST', PATH, { key: null, ...signedWebhook(body) });
    if (field === null) {
      expect(response.status).toBe(200);
      expect(client.decisions).toMatchObject([{ approver }]);
      return;
    }
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({
      type: 'urn:countersign:problem:source-not-allowed',
      errors: [{ field, message: expect.stringMatching(message) as string }],
    });
    expect(client.decisions).toEqual([]);
  });

  it.each<[string, { id: string; groups?: string[] }]>([
    ['names no groups of them', { id: 'grace' }],
    ['names them by their mail address', { id: 'grace@acme.example' }],
    ['names one of its groups', { id: 'grace', groups: ['support'] }],
  ])(
    'whose entry lists groups, speaks for no other group of a person of the directory: %s',
    async (_what, approver) => {
      const store = await openStore({
        url: `sqlite:${join(testFolder(), 'store.sqlite')}`,
        clock: () => NOW,
      });
      await store.people.put(TENANT, [
        { id: 'grace', mail: 'grace@acme.example', groups: ['finance', 'support'] },
      ]);
      const { people: _people, ...source } = restricted;
      const webhookSources = [{ ...source, groups: ['support'] }];
      const { ask, client } = createTestGateway({ webhookSources, store });
      const body = JSON.stringify({ ...DECISION, approver });
      await ask('POST', PATH, { key: null, ...signedWebhook(body) });
      expect(client.decisions).toMatchObject([{ approver: { id: 'grace', groups: ['support'] } }]);
      await store.close();
    },
  );

  it('may break the glass, and only with what can be decided so', async () => {
    const { ask, client } = createTestGateway();
    const note = 'The shop is down for everybody.';
    const send = (id: string, more: object) =>
      ask('POST', PATH, { key: null, ...signedWebhook(JSON.stringify({ ...DECISION, ...more }), { id }) });
    expect((await send('msg_1', { breakGlass: true, note })).status).toBe(200);
    expect((await send('msg_2', { breakGlass: false, note })).status).toBe(422);
    const response = { decision: 'respond', response: 'No.', breakGlass: true, note };
    expect((await send('msg_3', response)).status).toBe(422);
    expect(client.decisions).toMatchObject([{ breakGlass: true, note }]);
  });

  it('is not replaced by an API key', async () => {
    const { ask } = createTestGateway();
    expect((await ask('POST', PATH, { json: DECISION })).status).toBe(401);
  });
});

const folder = testFolder();
it('a secret that is taken out of the file stops working, without a restart', async () => {
  const file = join(folder, 'webhooks.json');
  const write = (secret: string) =>
    writeFileSync(
      file,
      JSON.stringify({ sources: [{ source: 'slack', tenant: TENANT, secrets: [secret] }] }),
    );
  write(WEBHOOK_SECRET);
  const silent = { onChange: () => undefined, onProblem: () => undefined, everyMs: 10 };
  const followed = followWebhookSources(file, silent);
  const { ask } = createTestGateway({ webhookSources: followed.sources });
  const send = () => ask('POST', PATH, { key: null, ...signedWebhook(BODY) });
  expect((await send()).status).toBe(200);
  write(createWebhookSecret());
  await until('the refusal', async () => (await send()).status === 401);
  followed.stop();
});
