import { describe, expect, it } from 'vitest';

import type { DecisionRecord, Receipt } from '../../src/contracts/approval/decision.ts';
import { APPROVAL_ID, createTestGateway, problemOf, NOW, sampleApproval, TENANT } from './support.ts';

const PATH = `/v1/approvals/${APPROVAL_ID}/decision`;
const WINNER: DecisionRecord = {
  decisionId: 'd-bob',
  decision: 'deny',
  approver: { id: 'bob', groups: ['finance'] },
  note: 'a private note',
  decidedAt: '2026-03-01T11:59:00.000Z',
  source: 'inbox',
};

type Answer = Omit<Receipt, 'approvalId' | 'decisionId'> | { outcome: 'accepted' };

async function decideWith(answer: Answer | null, json: object = { decision: 'approve' }) {
  const gateway = createTestGateway();
  if (answer === null) gateway.client.approvals = [];
  else {
    gateway.client.answer = ({ approvalId, decisionId }) => ({ approvalId, decisionId, ...answer });
  }
  const response = await gateway.ask('POST', PATH, { json });
  return { response, body: (await response.json()) as Record<string, unknown>, gateway };
}

describe('receipt to HTTP', () => {
  const problems = [{ field: 'amountCents', message: 'must not be more than 10000' }];
  it.each<[string, Answer | null, number, string | null]>([
    ['applied', { outcome: 'applied', status: 'approved' }, 200, null],
    ['duplicate', { outcome: 'duplicate', status: 'approved' }, 200, null],
    ['an id of another decision', { outcome: 'reused', status: 'denied' }, 422, 'decision-id-reused'],
    ['accepted', { outcome: 'accepted' }, 202, null],
    ['conflict', { outcome: 'conflict', status: 'denied', winner: WINNER }, 409, 'approval-already-decided'],
    ['conflict without a winner', { outcome: 'conflict' }, 409, 'approval-already-decided'],
    ['expired', { outcome: 'expired', status: 'expired' }, 410, 'approval-expired'],
    ['cancelled', { outcome: 'cancelled', status: 'cancelled' }, 410, 'approval-cancelled'],
    ['unknown', { outcome: 'unknown' }, 404, 'approval-not-found'],
    ['null', null, 404, 'approval-not-found'],
    ['another digest', { outcome: 'refused', reason: 'digest_mismatch' }, 409, 'digest-mismatch'],
    [
      'bad arguments',
      { outcome: 'refused', reason: 'invalid_arguments', problems },
      422,
      'invalid-arguments',
    ],
    ['forbidden', { outcome: 'refused', reason: 'forbidden', problems }, 422, 'forbidden-by-policy'],
    ['malformed', { outcome: 'refused', reason: 'malformed_decision', problems }, 422, 'malformed-decision'],
    ['no approver', { outcome: 'refused', reason: 'not_an_approver' }, 403, 'not-an-approver'],
    ['refused without reason', { outcome: 'refused' }, 422, 'malformed-decision'],
  ])('%s', async (_what, answer, status, type) => {
    const { response, body } = await decideWith(answer);
    expect(response.status).toBe(status);
    if (type !== null) expect(body).toMatchObject({ type: `urn:countersign:problem:${type}`, status });
    else expect(body).toMatchObject(answer ?? {});
    if (status === 422 && answer && 'problems' in answer) expect(body.errors).toEqual(problems);
  });

  it('a conflict names the winner: what, who and when, and not the note', async () => {
    const { body } = await decideWith({ outcome: 'conflict', status: 'denied', winner: WINNER });
    expect(body).toMatchObject({
      winner: { decision: 'deny', approver: { id: 'bob' }, decidedAt: WINNER.decidedAt },
      detail: expect.stringContaining('"deny" by bob at 2026-03-01T11:59:00.000Z') as string,
    });
    expect(JSON.stringify(body)).not.toContain('private note');
  });
});

describe('a decision over HTTP', () => {
  it('is the key’s: approver and groups come from the credential', async () => {
    const { gateway } = await decideWith(
      { outcome: 'applied' },
      { decision: 'deny', note: 'no', decisionId: 'd-1' },
    );
    expect(gateway.client.decisions).toEqual([
      {
        ...{ tenant: TENANT, approvalId: APPROVAL_ID, decisionId: 'd-1', decision: 'deny', note: 'no' },
        ...{ approver: { id: 'backoffice', groups: ['finance'] }, source: 'api' },
        ...{ decidedAt: new Date(NOW).toISOString(), authenticated: { by: 'key', name: 'backoffice' } },
      },
    ]);
  });

  it.each([
    [{ decision: 'approve', approver: { id: 'ceo' } }, ['approver']],
    [{ decision: 'allow' }, ['decision']],
    [{ decision: 'edit' }, ['arguments']],
    [{ decision: 'edit', arguments: [] }, ['arguments']],
    [{ decision: 'approve', arguments: {} }, ['arguments']],
    [{ decision: 'respond', response: '' }, ['response']],
    [{ decision: 'deny', response: 'x' }, ['response']],
    [{ decision: 'approve', decisionId: 'with space' }, ['decisionId']],
  ])('is refused by field when malformed: %j', async (json, fields) => {
    const { response, body, gateway } = await decideWith({ outcome: 'applied' }, json);
    expect(response.status).toBe(422);
    expect((body.errors as { field: string }[]).map(({ field }) => field)).toEqual(fields);
    expect(gateway.client.decisions).toEqual([]);
  });

  it('is named by the Idempotency-Key, else by its decisionId, else by chance', async () => {
    const gateway = createTestGateway();
    const decide = async (json: object, headers = {}) => {
      await gateway.ask('POST', PATH, { json: { decision: 'approve', ...json }, headers });
      return gateway.client.decisions.at(-1)?.decisionId;
    };
    expect(await decide({ decisionId: 'mine' }, { 'idempotency-key': 'key-1' })).toBe('key-1');
    expect(await decide({ decisionId: 'mine' })).toBe('mine');
    expect(await decide({})).toMatch(/^[0-9a-f-]{36}$/);
    const odd = await decide({}, { 'idempotency-key': 'key/with{odd}characters' });
    expect(odd).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await decide({}, { 'idempotency-key': 'key/with{odd}characters' })).toBe(odd);
    expect(await decide({}, { 'idempotency-key': 'x'.repeat(255) })).toMatch(/^sha256:/);
  });
});

describe('approvals', () => {
  it('lists what is pending for the tenant, up to the limit, and of one tool', async () => {
    const gateway = createTestGateway();
    const other = (id: string, tenant: string) =>
      sampleApproval({ approvalId: APPROVAL_ID.slice(0, -8) + id, tenant });
    gateway.client.approvals.push(other('aaaaaaaa', TENANT), other('bbbbbbbb', 'globex'));
    const list = async (query: string) => (await gateway.ask('GET', `/v1/approvals${query}`)).json();
    expect(await list('')).toMatchObject({ approvals: [{}, {}], more: false });
    const [first] = gateway.client.approvals;
    expect(await list('?status=pending&limit=1')).toMatchObject({
      approvals: [{ approvalId: first!.approvalId }],
      more: true,
    });
    const wipe = { ...other('cccccccc', TENANT), tool: 'wipe_order' };
    gateway.client.approvals.push(wipe);
    const { approvalId } = wipe;
    expect(await list('?tool=wipe_order')).toMatchObject({ approvals: [{ approvalId }], more: false });
  });

  it('lists the beginning of the arguments, and whole ones of a few', async () => {
    const gateway = createTestGateway();
    const args = { note: 'é"'.repeat(10_000) };
    gateway.client.approvals = [sampleApproval({ arguments: args })];
    const list = async (query: string) => {
      const answer = await gateway.ask('GET', `/v1/approvals${query}`);
      return (await answer.json()) as { approvals: Record<string, unknown>[] };
    };
    const [listed] = (await list('')).approvals;
    expect(listed).toMatchObject({ argumentsBytes: 40_011 });
    expect(JSON.stringify(listed).length).toBeLessThan(3_000);
    expect(JSON.stringify(args).startsWith(String(listed?.argumentsPreview))).toBe(true);
    for (const field of ['arguments', 'proposals', 'decision']) expect(listed).not.toHaveProperty(field);
    expect((await list('?expand=arguments')).approvals).toMatchObject([{ arguments: args }]);
    expect((await list('?expand=arguments&limit=20')).approvals).toHaveLength(1);
  });

  it.each([
    'status=approved',
    'limit=0',
    'limit=201',
    'limit=21&expand=arguments',
    'expand=all',
    'limit=ten',
    'tool=',
    `tool=${encodeURIComponent("x' OR ApprovalTools = 'y")}`,
  ])('refuses ?%s', async (query) => {
    const response = await createTestGateway().ask('GET', `/v1/approvals?${query}`);
    expect(await problemOf(response)).toMatchObject({
      status: 400,
      errors: [{ field: query.split('=')[0] }],
    });
  });

  it('shows one', async () => {
    const response = await createTestGateway().ask('GET', `/v1/approvals/${APPROVAL_ID}`);
    expect(await response.json()).toEqual(sampleApproval());
  });
});
