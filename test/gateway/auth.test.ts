import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createApiKey, followApiKeys, readApiKeys, readWebhookSources } from '../../src/gateway/app.ts';
import { testFolder } from '../support/folder.ts';
import { until } from '../../src/testing/wait.ts';
import { APPROVAL_ID, createTestGateway, problemOf, TENANT, TURN_ID } from './support.ts';

const gateway = createTestGateway();
const { keys } = gateway;
const ROUTES = [
  ['POST', '/v1/conversations/order-4711/turns', 'turns:write'],
  ['GET', '/v1/conversations', 'turns:write'],
  ['POST', '/decisions', 'turns:write'],
  ['GET', `/v1/turns/${TURN_ID}`, 'turns:write'],
  ['POST', `/v1/turns/${TURN_ID}/cancel`, 'turns:write'],
  ['GET', '/v1/approvals', 'approvals:read'],
  ['GET', `/v1/approvals/${APPROVAL_ID}`, 'approvals:read'],
  ['POST', `/v1/approvals/${APPROVAL_ID}/decision`, 'approvals:decide'],
] as const;

describe('API keys', () => {
  it.each(ROUTES)('%s %s without a key is answered 401 with a challenge', async (method, path) => {
    const response = await gateway.ask(method, path, { key: null });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /);
    expect(await response.json()).toMatchObject({ type: 'urn:countersign:problem:unauthorized' });
  });

  it.each(ROUTES)(
    '%s %s with a key of another scope is answered 403 naming %s',
    async (method, path, scope) => {
      const { key } = scope === 'turns:write' ? keys.read : keys.turns;
      const response = await gateway.ask(method, path, { key });
      expect(await problemOf(response)).toMatchObject({
        status: 403,
        type: 'urn:countersign:problem:missing-scope',
        scope,
        detail: expect.stringContaining(scope) as string,
      });
    },
  );

  it.each([
    ['an unknown key', 'Bearer csk_unknown'],
    ['a key with one character changed', `Bearer ${keys.all.key.slice(0, -1)}!`],
    ['two keys', `Bearer ${keys.all.key}, Bearer ${keys.all.key}`],
    ['the hash of a key', `Bearer ${keys.all.entry.sha256}`],
    ['no key', 'Bearer'],
    ['another scheme', `Basic ${Buffer.from(`:${keys.all.key}`).toString('base64')}`],
    ['a bare key', keys.all.key],
    ['an empty header', ''],
    ['a very long key', `Bearer ${'a'.repeat(10_000)}`],
  ])('%s is answered 401', async (_what, authorization) => {
    const response = await gateway.ask('GET', '/v1/approvals', { key: null, headers: { authorization } });
    expect(response.status).toBe(401);
  });

  it('a key of another tenant sees the same 404 as for an id that does not exist', async () => {
    const { key } = keys.otherTenant;
    const notFound = async (path: string, json?: object) => {
      const response = await gateway.ask(json ? 'POST' : 'GET', path, { key, ...(json && { json }) });
      const { requestId: _, ...problem } = await problemOf(response);
      expect(problem.status, path).toBe(404);
      return problem;
    };
    const existing = await notFound(`/v1/turns/${TURN_ID}`);
    expect(existing.type).toBe('urn:countersign:problem:turn-not-found');
    expect(await notFound(`/v1/turns/nothing.${'a'.repeat(12)}`)).toEqual(existing);
    await notFound(`/v1/approvals/${APPROVAL_ID}`);
    await notFound(`/v1/approvals/${APPROVAL_ID}/decision`, { decision: 'approve' });
    await notFound(`/v1/turns/${TURN_ID}/cancel`, {});
    expect(gateway.client.decisions).toEqual([]);
  });

  it('a key that is bound to a person begins turns and decides as that person', async () => {
    const bound = createApiKey({
      ...{ name: 'laptop', tenant: TENANT, scopes: ['turns:write', 'approvals:decide'] },
      ...{ person: 'ada', groups: ['finance'] },
    });
    const { ask, client } = createTestGateway({ apiKeys: [bound.entry] });
    const turn = { assistant: 'refund-desk', message: 'Hello.' };
    await ask('POST', '/v1/conversations/order-4711/turns', { key: bound.key, json: turn });
    const json = { decision: 'approve' };
    await ask('POST', `/v1/approvals/${APPROVAL_ID}/decision`, { key: bound.key, json });
    await ask('POST', '/decisions', { key: bound.key, json: { action: 'Deploy.' } });
    expect(client.started).toMatchObject([{ startedBy: 'ada' }]);
    expect(client.decisions).toMatchObject([{ approver: { id: 'ada', groups: ['finance'] } }]);
    expect(client.asked).toMatchObject([{ requestedBy: 'ada' }]);
  });

  it('keeps the hash only, and never the same key twice', () => {
    const one = createApiKey({ name: 'one', tenant: 'acme', scopes: ['turns:write'] });
    const two = createApiKey({ name: 'one', tenant: 'acme', scopes: ['turns:write'] });
    expect(one.key).toMatch(/^csk_[A-Za-z0-9_-]{43}$/);
    expect(JSON.stringify(one.entry)).not.toContain(one.key.slice(4));
    expect(two.key).not.toBe(one.key);
  });
});

describe('the files of keys and secrets', () => {
  const folder = testFolder();
  const write = (value: unknown) => {
    const file = join(folder, 'settings.json');
    writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
    return file;
  };
  const { entry } = createApiKey({ name: 'shop', tenant: 'acme', scopes: ['turns:write'] });

  it.each([
    ['a tenant in capitals', { keys: [{ ...entry, tenant: 'ACME' }] }, /keys\.0\.tenant: must be/],
    ['an unknown scope', { keys: [{ ...entry, scopes: ['all'] }] }, /keys\.0\.scopes\.0: must be one of/],
    ['no scope', { keys: [{ ...entry, scopes: [] }] }, /keys\.0\.scopes/],
    [
      'the key in place of its hash',
      { keys: [{ ...entry, sha256: 'csk_secret' }] },
      /keys\.0\.sha256: must be/,
    ],
    ['an unknown field', { keys: [{ ...entry, role: 'admin' }] }, /keys\.0: .*role/],
    [
      'a quorum of nobody for requests',
      { keys: [{ ...entry, requests: { quorum: { approve: 0 } } }] },
      /keys\.0\.requests\.quorum\.approve: is 0.*from 1 to 100/,
    ],
    [
      'a quorum for requests that cannot be met',
      { keys: [{ ...entry, requests: { quorum: { from: [{ group: 'security', atLeast: 2 }] } } }] },
      /keys\.0\.requests\.quorum\.from\.0\.atLeast: is 2.*Raise quorum\.approve to 2/,
    ],
    [
      'requests that are never fresh',
      { keys: [{ ...entry, requests: { freshForMs: 1 } }] },
      /keys\.0\.requests: .*freshForMs/,
    ],
    [
      'rules for requests that the key cannot ask',
      { keys: [{ ...entry, scopes: ['approvals:read'], requests: { notRequester: true } }] },
      /keys\.0\.requests: has no effect.*"turns:write"/,
    ],
    ['the same key twice', { keys: [entry, entry] }, /keys\.1\.sha256: is the same key as keys\.0/],
    ['no JSON', '{"keys": [csk_secret', /is not JSON/],
  ])('refuses an API key file with %s, naming file and remedy', (_what, content, message) => {
    const file = write(content);
    expect(() => readApiKeys(file)).toThrow(message);
    expect(() => readApiKeys(file)).toThrow(file);
    expect(() => readApiKeys(file)).toThrow('keys create');
    expect(() => readApiKeys(file)).not.toThrow('csk_secret');
  });

  it('says when the file is not there', () => {
    expect(() => readApiKeys(join(folder, 'none.json'))).toThrow(/none\.json cannot be read \(ENOENT\)/);
  });

  it('refuses a webhook secret of fewer than 24 bytes, and does not show it', () => {
    const short = `whsec_${Buffer.alloc(23, 9).toString('base64')}`;
    const file = write({ sources: [{ source: 'slack', tenant: 'acme', secrets: [short] }] });
    expect(() => readWebhookSources(file)).toThrow(/sources\.0\.secrets\.0: .*24 to 64.*23 bytes/);
    expect(() => readWebhookSources(file)).toThrow(file);
    expect(() => readWebhookSources(file)).not.toThrow(short.slice(6));
    const webhookSources = [{ source: 'slack', tenant: 'acme', secrets: [short] }];
    expect(() => createTestGateway({ webhookSources })).toThrow(/23 bytes/);
  });

  it('refuses a session secret that is too short', () => {
    expect(() => createTestGateway({ sessionSecret: 'short' })).toThrow(/sessionSecret has 5 characters/);
  });
});

describe('a file of keys that changes while the gateway runs', () => {
  const file = join(testFolder(), 'api-keys.json');
  const kept = createApiKey({ name: 'kept', tenant: 'acme', scopes: ['approvals:read'] });
  const removed = createApiKey({ name: 'removed', tenant: 'acme', scopes: ['approvals:read'] });
  const said: string[] = [];
  let followed: ReturnType<typeof followApiKeys>;
  let status: (key: string) => Promise<number>;

  beforeEach(() => {
    said.length = 0;
    writeFileSync(file, JSON.stringify({ keys: [kept.entry, removed.entry] }));
    followed = followApiKeys(file, {
      onChange: (count) => said.push(`${count} keys`),
      onProblem: (message) => said.push(message),
      everyMs: 10,
    });
    const { ask } = createTestGateway({ apiKeys: followed.keys });
    status = async (key) => (await ask('GET', '/v1/approvals', { key })).status;
  });
  afterEach(() => followed.stop());

  it('a key that is taken out stops working, without a restart; the others go on', async () => {
    expect(await status(removed.key)).toBe(200);
    writeFileSync(file, JSON.stringify({ keys: [kept.entry] }));
    await until('the refusal', async () => (await status(removed.key)) === 401);
    expect(await status(kept.key)).toBe(200);
    expect(said).toEqual(['1 keys']);
  });

  it('a key that is added works', async () => {
    const added = createApiKey({ name: 'added', tenant: 'acme', scopes: ['approvals:read'] });
    expect(await status(added.key)).toBe(401);
    writeFileSync(file, JSON.stringify({ keys: [kept.entry, added.entry] }));
    await until('the new key', async () => (await status(added.key)) === 200);
  });

  it.each([
    ['malformed', () => writeFileSync(file, '{"keys": [{"name": "kept", "sha256": "secret"'), 'is not JSON'],
    ['of another form', () => writeFileSync(file, '{"keys": {}}'), 'is not valid: keys'],
    ['gone', () => rmSync(file), 'cannot be read (ENOENT)'],
  ])('one that is %s changes nothing, and is told once', async (_what, spoil, words) => {
    spoil();
    await until('the complaint', () => said.length > 0);
    expect([await status(kept.key), await status(removed.key)]).toEqual([200, 200]);
    writeFileSync(file, JSON.stringify({ keys: [kept.entry] }));
    await until('the mended file', async () => (await status(removed.key)) === 401);
    expect(said).toEqual([expect.stringContaining(words) as string, '1 keys']);
    expect(said[0]).not.toContain('secret');
  });
});
