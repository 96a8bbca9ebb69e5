import { describe, expect, it } from 'vitest';

import { APPROVAL_ID, createTestGateway, problemOf, TENANT, TURN_ID } from './support.ts';

const TURNS = '/v1/conversations/order-4711/turns';

describe('every answer that is a no', () => {
  it('is a problem document, also where nothing is served', async () => {
    const { ask } = createTestGateway();
    expect(await problemOf(await ask('GET', '/nowhere'))).toMatchObject({ status: 404 });
    expect(await problemOf(await ask('GET', '/v1/turns/%E0%A4%A'))).toMatchObject({ status: 404 });
  });

  it('names the methods that are allowed', async () => {
    const response = await createTestGateway().ask('DELETE', TURNS);
    expect(response.headers.get('allow')).toBe('POST');
    expect(await problemOf(response)).toMatchObject({ status: 405 });
  });

  it('bears the request id that was sent, when it is a sane one', async () => {
    const { ask } = createTestGateway();
    const withId = async (id: string) =>
      (await ask('GET', '/nowhere', { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await withId('checkout-17')).toBe('checkout-17');
    expect(await withId('x'.repeat(129))).toMatch(/^[0-9a-f-]{36}$/);
    expect(await withId('<script>')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('tells nothing of an unexpected error but the request id', async () => {
    const gateway = createTestGateway();
    gateway.client.failure = new Error('secret detail');
    const response = await gateway.ask('GET', '/v1/approvals');
    expect(response.status).toBe(500);
    expect(JSON.stringify(await problemOf(response))).not.toMatch(/secret detail|at .*\.ts/);
    const failed = gateway.logged.filter(({ event }) => event === 'http.failed');
    expect(failed).toMatchObject([{ fields: { message: 'secret detail' } }]);
  });

  it('is 503 with Retry-After when Temporal does not answer', async () => {
    const gateway = createTestGateway();
    gateway.client.failure = new Error('call failed', {
      cause: Object.assign(new Error('14 UNAVAILABLE'), { code: 14 }),
    });
    for (const [method, path, json] of [
      ['GET', '/v1/approvals', undefined],
      ['GET', `/v1/turns/${TURN_ID}?wait=1`, undefined],
      ['POST', TURNS, { message: 'hello' }],
      ['POST', `/v1/approvals/${APPROVAL_ID}/decision`, { decision: 'approve' }],
    ] as const) {
      const response = await gateway.ask(method, path, { json });
      expect(response.headers.get('retry-after')).toBe('5');
      expect(await problemOf(response)).toMatchObject({
        type: 'urn:countersign:problem:temporal-unavailable',
      });
    }
    expect((await gateway.ask('GET', '/readyz', { key: null })).status).toBe(503);
    expect((await gateway.ask('GET', '/healthz', { key: null })).status).toBe(200);
  });
});

describe('a body', () => {
  const json = { 'content-type': 'application/json' };

  it.each([
    ['no content type', {}, 415],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['JSON by another name', { 'content-type': 'text/json' }, 415],
    ['JSON with a charset', { 'content-type': 'application/json; charset=utf-8' }, 202],
  ])('with %s is answered %o → %i', async (_what, headers, status) => {
    const body = new TextEncoder().encode('{"message":"hello"}');
    expect((await createTestGateway().ask('POST', TURNS, { body, headers: headers })).status).toBe(status);
  });

  it.each([
    ['', /it is empty/],
    ['{"message": "hello"', /ends too early/],
    ['{"message": hello}', /"h" is not expected at line 1, column 13/],
    ['{\n  "message": "a",\n}', /"}" is not expected at line 3, column 1/],
    ["{'message': 1}", /"'" is not expected at line 1, column 2/],
    ['{"message": "a"} x', /"x" is not expected at line 1, column 18/],
    ['{"message": "a\nb"}', /line break is not expected at line 1, column 15/],
    ['{"message": "\\x"}', /not expected at line 1, column 14/],
    ['[1, 2 3]', /"3" is not expected at line 1, column 7/],
    ['[01]', /"1" is not expected at line 1, column 3/],
    ['{"a" 1}', /"1" is not expected at line 1, column 6/],
    [`${'['.repeat(100)}${']'.repeat(100)}`, /nested more than 64 deep/],
  ])('that is not JSON is answered 400 and says where: %j', async (body, where) => {
    const problem = await problemOf(await createTestGateway().ask('POST', TURNS, { body, headers: json }));
    expect(problem).toMatchObject({ status: 400, type: 'urn:countersign:problem:not-json' });
    expect(problem.detail).toMatch(where);
  });

  it('that is not UTF-8 is answered 400', async () => {
    const body = Uint8Array.of(0x22, 0xff, 0x22);
    expect((await createTestGateway().ask('POST', TURNS, { body, headers: json })).status).toBe(400);
  });

  it.each([
    [{}, ['message']],
    [{ message: '' }, ['message']],
    [{ message: 'a', colour: 'red' }, ['colour']],
    [{ message: 'a', context: { user: 7 } }, ['context.user']],
    [{ message: 1, metadata: { a: 1 } }, ['message', 'metadata.a']],
    [[], ['']],
  ])('that does not fit is answered 422 with the fields: %j', async (body, fields) => {
    const problem = await problemOf(await createTestGateway().ask('POST', TURNS, { json: body }));
    expect(problem.status).toBe(422);
    expect(problem.errors?.map(({ field }) => field)).toEqual(fields);
  });
});

describe('turns', () => {
  it('are started for the tenant of the key, and 202 says where to read them', async () => {
    const { ask, client } = createTestGateway();
    const context = { user: 'maria', tenant: 'globex' };
    const response = await ask('POST', TURNS, {
      json: { message: 'refund please', context },
      headers: { 'idempotency-key': 'order-4711/refund' },
    });
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(`/v1/turns/${TURN_ID}`);
    const conversationId = 'order-4711';
    expect(await response.json()).toEqual({ turnId: TURN_ID, conversationId, status: 'running' });
    const asked = { message: 'refund please', context, idempotencyKey: 'order-4711/refund' };
    const ofKey = { tenant: TENANT, startedBy: 'backoffice' };
    expect(client.started).toEqual([{ ...ofKey, conversationId, ...asked }]);
  });

  it.each(['', 'with space', 'ümlaut', 'x'.repeat(256)])('refuse the Idempotency-Key %j', async (key) => {
    const { ask, client } = createTestGateway();
    const headers = { 'idempotency-key': key };
    const response = await ask('POST', TURNS, { json: { message: 'a' }, headers });
    const problem = await problemOf(response);
    expect(problem).toMatchObject({ status: 400, errors: [{ field: 'Idempotency-Key' }] });
    expect(client.started).toEqual([]);
  });

  it.each(['.hidden', 'a b', 'a/../b', 'ü', 'x'.repeat(129), '-x'])(
    'refuse the conversation id %j, naming the rule',
    async (id) => {
      const path = `/v1/conversations/${encodeURIComponent(id)}/turns`;
      const response = await createTestGateway().ask('POST', path, { json: { message: 'a' } });
      const problem = await problemOf(response);
      expect(problem).toMatchObject({ status: 400, errors: [{ field: 'conversationId' }] });
      expect(problem.detail).toMatch(/1 to 128 letters/);
    },
  );

  it.each(['x', 'order-4711', 'order-4711.SHORT', `${TURN_ID}.p4x7r2d1x!`, '..', "'; DROP TABLE"])(
    'with the malformed id %j are not found',
    async (id) => {
      const { ask } = createTestGateway();
      const path = encodeURIComponent(id);
      for (const [method, where] of [
        ['GET', `/v1/turns/${path}`],
        ['POST', `/v1/turns/${path}/cancel`],
        ['GET', `/v1/approvals/${path}`],
      ] as const) {
        expect((await problemOf(await ask(method, where))).status).toBe(404);
      }
    },
  );

  it.each(['-1', '61', '1.5', 'soon', '0x10', '', '1&wait=2'])('refuse wait=%s', async (wait) => {
    const response = await createTestGateway().ask('GET', `/v1/turns/${TURN_ID}?wait=${wait}`);
    expect(await problemOf(response)).toMatchObject({ status: 400, errors: [{ field: 'wait' }] });
  });

  it('are cancelled', async () => {
    const { ask, client } = createTestGateway();
    const response = await ask('POST', `/v1/turns/${TURN_ID}/cancel`);
    expect(response.status).toBe(200);
    expect(client.cancelled).toEqual([TURN_ID]);
  });
});

describe('the log and the metrics', () => {
  it('hold ids, statuses and outcomes, but no message, arguments, note or secret', async () => {
    const { ask, logged, keys } = createTestGateway();
    await ask('POST', TURNS, { json: { message: 'my card is 4111' } });
    await ask('POST', `/v1/approvals/${APPROVAL_ID}/decision`, {
      json: { decision: 'edit', arguments: { card: '4111' }, note: 'card 4111' },
    });
    await ask('GET', '/inbox/login?token=4111');
    const text = JSON.stringify(logged);
    expect(text).not.toMatch(/4111[^-"]|card/);
    expect(text).not.toContain(keys.all.key);
    expect(logged.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['turn.accepted', 'decision.answered', 'http.answered']),
    );
    const metrics = await (await ask('GET', '/metrics', { key: null })).text();
    expect(metrics).toContain('countersign_decisions_total{source="api",outcome="applied"} 1');
    expect(metrics).toContain(
      'countersign_http_requests_total{method="POST",route="/v1/conversations/:conversationId/turns",status="202"} 1',
    );
    expect(metrics).toMatch(/_duration_seconds_bucket\{[^}]*le="\+Inf"\} 1/);
  });
});
