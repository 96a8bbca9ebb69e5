import { beforeEach, describe, expect, it } from 'vitest';

import type { Approval } from '../../src/contracts/approval/approval.ts';
import type { DecisionRecord, Receipt } from '../../src/contracts/approval/decision.ts';
import { createInboxLink } from '../../src/gateway/app.ts';
import { shown } from '../../src/contracts/deciding/proposals.ts';
import {
  APPROVAL_ID,
  BASE_URL,
  createBrowser,
  createTestGateway,
  formFields,
  NOW,
  sampleApproval,
  SESSION_SECRET,
  signedInBrowser,
  TENANT,
  type Browser,
  type TestGateway,
} from './support.ts';

const CARD = `/inbox/approvals/${APPROVAL_ID}`;
let gateway: TestGateway;
let browser: Browser;

beforeEach(async () => {
  gateway = createTestGateway();
  browser = await signedInBrowser(gateway, ['finance']);
});

const wordsOf = (page: string) =>
  page
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll(/\s+/g, ' ');
const card = async () => (await browser.get(CARD)).text();
const send = (fields: Record<string, string>, headers?: Record<string, string>) =>
  browser.post(`${CARD}/decision`, fields, headers);
/** The page to which the answer to a form leads. */
const pageAfter = async (answer: Response) => (await browser.get(answer.headers.get('location')!)).text();
const answerWith = (receipt: Omit<Receipt, 'approvalId' | 'decisionId'>) => {
  gateway.client.answer = ({ approvalId, decisionId }) => ({ approvalId, decisionId, ...receipt });
};
/** The turn settles the approval by the decision it gets, as the real one does. */
const settle = () => {
  gateway.client.answer = (decision) => {
    const { approvalId, decisionId } = decision;
    const found = gateway.client.approvals[0]!;
    if (found.decision) {
      const same = found.decision.decisionId === decisionId;
      return { outcome: same ? 'duplicate' : 'conflict', approvalId, decisionId, status: found.status };
    }
    const status = decision.decision === 'deny' ? 'denied' : 'approved';
    gateway.client.approvals[0] = { ...found, status, decision, resolvedAt: decision.decidedAt };
    return { outcome: 'applied', approvalId, decisionId, status };
  };
};

describe('the list', () => {
  it('shows what waits for the tenant, and says when nothing does', async () => {
    gateway.client.approvals.push(sampleApproval({ tenant: 'globex', tool: 'their_tool' }));
    const page = await (await browser.get('/inbox')).text();
    expect(page).toContain(`href="${CARD}"`);
    expect(page).toContain('refund_order');
    expect(page).not.toContain('their_tool');
    gateway.client.approvals = [];
    expect(await (await browser.get('/inbox')).text()).toContain('Nothing waits for you');
  });

  it('shows a call as its tool presents it, cut, and with its name', async () => {
    const [amount, note] = [
      { label: 'Amount', value: '129', kind: 'money', currency: 'EUR' },
      { label: 'Note', value: `<b>${'n'.repeat(60)}`, kind: 'text' },
    ] as const;
    const code = { label: 'Script', value: 'rm', kind: 'code' } as const;
    const presented = { by: 'tool', title: 'Refund of order A-4711', fields: [code, amount, note] } as const;
    gateway.client.approvals = [
      sampleApproval({ presented: { ...presented, fields: [...presented.fields] } }),
    ];
    const page = (await (await browser.get('/inbox')).text()).replace(/^.*<ul class="list">|<\/ul>.*$/gs, '');
    const words = page.replaceAll(/<[^>]*>|\s+/g, ' ').replaceAll(/ +/g, ' ');
    expect(words).toContain(
      'Refund of order A-4711 Pays money back to the customer of an order. Amount EUR 129.00 Note',
    );
    expect(words).toContain(`Note &lt;b&gt;${'n'.repeat(45)} … 15 more characters and 1 more refund_order`);
    expect(page).not.toContain('12900');
  });
});

describe('the card of an approval that several people must agree to', () => {
  const vote = {
    ...{ decisionId: 'd-bob', decision: 'approve' as const, approver: { id: 'bob' }, source: 'api' },
    ...{ decidedAt: '2026-03-01T11:59:00.000Z', at: '2026-03-01T11:59:00.000Z' },
  };
  const quorum = { approve: 3, deny: 2, from: [{ group: 'security', atLeast: 1 }] };
  const rule = { quorum, notRequester: true as const, breakGlass: { groups: ['on-call'] } };
  const cardOf = async (id: string, groups: string[]) => {
    gateway.client.approvals = [sampleApproval({ votes: [vote], rule })];
    const link = { sessionSecret: SESSION_SECRET, baseUrl: BASE_URL, tenant: TENANT, clock: () => NOW };
    const theirs = createBrowser(gateway);
    const page = await theirs.get(await createInboxLink({ ...link, approver: { id, groups } }));
    await theirs.post('/inbox/login', formFields(await page.text()));
    return (await (await theirs.get(CARD)).text()).replaceAll(/\s+/g, ' ');
  };

  it('shows who has voted and whose vote is missing, and offers no answer that would be refused', async () => {
    const page = await cardOf('ada', ['finance']);
    expect(page).toMatch(/bob<\/bdi><\/strong> approved it/);
    expect(page).toContain('the approval of 2 people more, one person of security');
    expect(page).toContain('It is one vote.');
    expect(page).not.toContain('It runs once, exactly as shown above.');
    expect(page).not.toContain('Answer instead');
    expect(page).not.toContain('Emergency');
  });

  it.each([
    ['who has voted', 'bob', 'A vote stands.'],
    ['who asked', 'maria@shop.example', 'must be somebody else'],
    ['who asked, in other letters', 'Maria@Shop.example', 'must be somebody else'],
  ])('says to somebody %s why they may not', async (_who, id, why) => {
    const page = await cardOf(id, ['finance']);
    expect(page).toContain(why);
    expect(page).not.toContain('Your decision');
  });

  it('has a form to break the glass for those who may', async () => {
    expect(await cardOf('olga', ['on-call'])).toMatch(
      /Emergency: decide alone.*name="breakGlass" value="true"/,
    );
  });

  it('says that nobody can meet its rule, and why', async () => {
    const why = 'one person of legal must approve, and nobody of the directory can';
    gateway.client.approvals = [sampleApproval({ approvers: ['legal'], unmeetable: why })];
    const page = (await card()).replaceAll(/<[^>]*>|\s+/g, ' ').replaceAll(/ +/g, ' ');
    expect(page).toContain(`Nobody can meet this rule: ${why}`);
  });
});

describe('the card', () => {
  it('shows tool, arguments, who asked, both deadlines and the digest', async () => {
    const page = await card();
    const asked = ['refund_order', 'Pays money back', 'A-4711', '12900', 'maria@shop.example', 'order-4711'];
    const until = ['9 min 13 s left', '2026-03-01 12:09:13 UTC'];
    for (const text of [...asked, ...until, '<strong>3f9a3f9a3f9a</strong>']) expect(page).toContain(text);
    expect(page.match(/data-left-ms="553000"/g)).toHaveLength(2);
  });

  it('shows whom a request is meant for as the words of whoever asked, not as ours', async () => {
    gateway.client.approvals = [
      sampleApproval({ reason: 'Urgency: high.', meantFor: 'Approve at once, says the board' }),
    ];
    const text = (await card()).replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
    expect(text).toContain('Why a person is asked Urgency: high. ');
    expect(text).toContain('Meant for, says the requester Approve at once, says the board');
  });

  it('is not found for another tenant’s approval, an unknown or a malformed one', async () => {
    gateway.client.approvals = [sampleApproval({ tenant: 'globex' })];
    for (const path of [CARD, CARD.replace('4711', '4712'), '/inbox/approvals/x', '/inbox/nowhere']) {
      const response = await browser.get(path);
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    }
  });

  it('offers no forms to somebody outside the approvers’ groups', async () => {
    gateway.client.approvals = [sampleApproval({ approvers: ['board'] })];
    const page = await card();
    expect(page).toContain('You cannot decide this');
    expect(page).not.toContain('/decision"');
  });

  it('never decides on GET, whatever the address says', async () => {
    const fields = formFields(await card(), 'approve');
    const query = new URLSearchParams(fields).toString();
    expect((await browser.get(`${CARD}/decision?${query}`)).status).toBe(405);
    expect((await browser.get(`${CARD}?${query}`)).status).toBe(200);
    expect(gateway.client.decisions).toEqual([]);
  });
});

describe('a form', () => {
  it('is a decision by the person signed in, bound to what was shown', async () => {
    settle();
    const fields = formFields(await card(), 'deny');
    const answer = await send({ ...fields, note: 'Refunded yesterday.\r\nSee A-12.' });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe(`${CARD}?sent=${fields.decisionId!}`);
    expect(gateway.client.decisions).toMatchObject([
      {
        tenant: TENANT,
        decision: 'deny',
        note: 'Refunded yesterday.\nSee A-12.',
        approver: { id: 'alice@acme.example', groups: ['finance'] },
        argumentsDigest: sampleApproval().argumentsDigest,
        source: 'inbox',
      },
    ]);
    const page = await pageAfter(answer);
    expect(page).toContain('Your decision counts.');
    expect(page).toContain('Refunded yesterday.');
    expect(page).not.toContain('/decision"');
  });

  it('sent twice is one decision; another form is another one', async () => {
    settle();
    const page = await card();
    const approve = formFields(page, 'approve');
    await send(approve);
    expect(await pageAfter(await send(approve))).toContain('Your decision counts.');
    expect(await pageAfter(await send(formFields(page, 'deny')))).toContain('another one came first');
    expect(new Set(gateway.client.decisions.map(({ decisionId }) => decisionId)).size).toBe(2);
  });

  it('sent once more with other content is told that the first one stands', async () => {
    const fields = formFields(await card(), 'deny');
    answerWith({ outcome: 'reused', status: 'denied' });
    const again = await send({ ...fields, note: 'Other words.' });
    expect(again.status).toBe(422);
    expect(await again.text()).toContain('The first one counts');
  });

  it('by which a person changed the arguments is shown beside what the model asked for', async () => {
    const { arguments: first, argumentsDigest, proposals: _, ...asked } = sampleApproval();
    const at = asked.requestedAt;
    const args = { ...first, amountCents: 100 };
    const replaced = [{ by: { kind: 'model' } as const, at, arguments: first, argumentsDigest }];
    const decision: DecisionRecord = {
      ...{ decisionId: 'd-1', approver: { id: 'bob <b>' }, source: 'api', decidedAt: at },
      decision: 'edit',
    };
    gateway.client.approvals[0] = shown({
      ...{ ...asked, status: 'approved', resolvedAt: at, arguments: args, argumentsDigest: 'sha256:cc' },
      ...{ replaced, decision, proposed: { by: { kind: 'person', id: 'bob <b>' }, at } },
    });
    const page = await card();
    expect(page).toMatch(/bob &lt;b&gt;<\/bdi> changed it to.*>100</s);
    const [, original] = page.split(/bob &lt;b&gt;<\/bdi> changed it to.*?the model asked for/s);
    for (const text of ['12900', '3f9a3f9a3f9a']) expect(original).toContain(text);
    // The model comes first, then the change beside it, by marks that are heard, too.
    const chain = wordsOf(page.split('How it was changed')[1]!);
    expect(chain).toMatch(
      /What the model asked for.* bob <b> changed it to.* amountCents Before \[removed: 12900 ] number After \[added: 100 ] number Unchanged: orderId , reason /,
    );
  });

  it('of an edit shows what it would change before it is sent, and decides nothing', async () => {
    const fields = formFields(await card(), 'edit');
    const reason = `arrived late ${'very '.repeat(100)}`;
    const edited = { orderId: 'A-4711', reason, amountCents: '12900', constructor: 'new' };
    const typed = { arguments: JSON.stringify(edited), note: 'my note', look: 'change' };
    const answer = await send({ ...fields, ...typed });
    expect(answer.status).toBe(200);
    const page = await answer.text();
    const change = wordsOf(/<section class="change".*?<\/section>/s.exec(page)![0]);
    for (const words of [
      'What you would change Nothing was decided yet.',
      'amountCents Before [removed: 12900 ] number After “ [added: 12900 ] ” text',
      'reason Before “ arrived [removed: broken ] ” text After “ arrived [added: late very',
      'constructor Before not there After “ [added: new ] ” text',
      'Unchanged: orderId',
    ])
      expect(change).toContain(words);
    expect(change).toContain('⟦SPACE⟧');
    // What was typed stays, to be sent or changed again.
    expect(page).toContain('my note');
    expect(page).toMatch(/<details class="choice"\s+open/);
    expect(gateway.client.decisions).toEqual([]);
    expect(wordsOf(await (await send({ ...fields, ...typed, arguments: '{"a"' })).text())).toContain(
      'is not JSON',
    );
    expect(wordsOf(await (await send({ ...formFields(page, 'approve'), look: 'change' })).text())).toContain(
      'Your decision',
    );
    const before = await send({ ...fields, ...typed, argumentsDigest: 'sha256:other' });
    expect(await before.text()).toContain('The arguments have changed since you looked.');
    gateway.client.approvals = [sampleApproval({ status: 'expired' })];
    expect(await (await send({ ...fields, ...typed })).text()).toContain('It was settled meanwhile');
    expect(gateway.client.decisions).toEqual([]);
  });

  it('of an edit that changes nothing says so, and cuts what is long where it can be seen', async () => {
    const args = { text: `${'same '.repeat(200)}end`, long: 'x' };
    gateway.client.approvals = [sampleApproval({ arguments: args })];
    const look = async (edited: object) => {
      const fields = formFields(await card(), 'edit');
      const answer = await send({ ...fields, arguments: JSON.stringify(edited), look: 'change' });
      return wordsOf(/<section class="change".*?<\/section>/s.exec(await answer.text())![0]);
    };
    expect(await look(args)).toContain('Nothing is different.');
    const change = await look({ text: args.text.replace('end', 'over'), long: 'y'.repeat(5_000) });
    expect(change).toContain('… 840 characters are the same …');
    expect(change).toContain('… 3,000 more characters');
  });

  const byBob = {
    decisionId: 'd-bob',
    decision: 'deny',
    approver: { id: 'bob@acme.example' },
    decidedAt: '2026-03-01T11:59:00.000Z',
    source: 'webhook:slack',
  } as const;
  it.each<[string, Receipt['outcome'] | 'accepted', Partial<Approval>, string[]]>([
    [
      'that lost tells who won',
      'conflict',
      { status: 'denied', decision: byBob },
      ['Your decision was not applied', 'bob@acme.example'],
    ],
    ['that came too late says so', 'expired', { status: 'expired' }, ['Too late: the deadline had passed']],
    ['that could only be left for a worker says so', 'accepted', {}, ['Your decision is stored']],
  ])('%s', async (_what, outcome, become, words) => {
    const fields = formFields(await card(), 'approve');
    gateway.client.answer = ({ approvalId, decisionId }) => ({ outcome, approvalId, decisionId });
    gateway.client.approvals = [sampleApproval(become)];
    const page = await pageAfter(await send(fields));
    for (const text of words) expect(page).toContain(text);
  });

  it.each([
    ['{"amountCents": 1,}', 'is not JSON: &quot;}&quot; is not expected at line 1, column 19'],
    ['[1]', 'must be one JSON object'],
    ['', 'is not JSON: it is empty'],
    ['{"id": 12345678901234567890}', '12345678901234567890, which JavaScript cannot store exactly'],
  ])('with the edited arguments %j is shown again with the reason and the text', async (text, reason) => {
    const response = await send({ ...formFields(await card(), 'edit'), arguments: text, note: 'my note' });
    const page = await response.text();
    expect(response.status).toBe(422);
    expect(page).toContain(reason);
    expect(page).toContain(text.replaceAll('"', '&quot;'));
    expect(page).toContain('my note');
    expect(page).toMatch(/<details class="choice"\s+open/);
    expect(gateway.client.decisions).toEqual([]);
  });

  it('with edited arguments the tool refuses shows the problems by field, and a new decision id', async () => {
    answerWith({
      outcome: 'refused',
      reason: 'invalid_arguments',
      problems: [{ field: 'amountCents', message: 'is too much' }],
    });
    const fields = formFields(await card(), 'edit');
    const response = await send({ ...fields, arguments: '{"amountCents": 99}' });
    expect(response.status).toBe(422);
    const page = await response.text();
    expect(page.replace(/<[^>]*>/g, '')).toContain('amountCents is too much');
    expect(page).toContain('{&quot;amountCents&quot;: 99}');
    expect(formFields(page, 'edit').decisionId).not.toBe(fields.decisionId);
    expect(gateway.client.decisions[0]).toMatchObject({ decision: 'edit', arguments: { amountCents: 99 } });
  });

  it('answers in the tool’s place', async () => {
    await send({ ...formFields(await card(), 'respond'), response: 'Ask again tomorrow.' });
    expect(gateway.client.decisions[0]).toMatchObject({
      decision: 'respond',
      response: 'Ask again tomorrow.',
    });
    expect((await send({ ...formFields(await card(), 'respond'), response: '' })).status).toBe(422);
  });

  it.each([
    [{ outcome: 'refused', reason: 'digest_mismatch' }, 409, 'have changed since you looked'],
    [{ outcome: 'refused', reason: 'not_an_approver' }, 403, 'not among those who may decide'],
  ] as const)('refused by %j is shown again and says why', async (receipt, status, text) => {
    answerWith(receipt);
    const response = await send(formFields(await card(), 'approve'));
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(text);
  });
});

describe('a form from elsewhere', () => {
  it.each<[string, (fields: Record<string, string>) => [Record<string, string>, Record<string, string>?]]>([
    ['without its token', ({ csrf: _, ...fields }) => [fields]],
    ['with another token', (fields) => [{ ...fields, csrf: 'x'.repeat(43) }]],
    ['of another site', (fields) => [fields, { 'sec-fetch-site': 'cross-site' }]],
    ['of a sister site', (fields) => [fields, { 'sec-fetch-site': 'same-site' }]],
  ])('%s does nothing', async (_what, change) => {
    expect((await send(...change(formFields(await card(), 'approve')))).status).toBe(403);
    expect(gateway.client.decisions).toEqual([]);
  });

  it('is known by its Origin where the browser says nothing else', async () => {
    const fields = formFields(await card(), 'approve');
    const cookie = `countersign_session=${browser.cookies.get('countersign_session')!}`;
    const from = async (origin: string) => {
      const body = new URLSearchParams(fields);
      const init = { method: 'POST', body, headers: { cookie, origin } };
      return (await gateway.app.request(`${CARD}/decision`, init)).status;
    };
    expect(await from('https://evil.example')).toBe(403);
    expect(await from('http://localhost:9999')).toBe(403);
    expect(await from('http://localhost')).toBe(303);
    expect(await from('null')).toBe(303);
  });

  it('with the token of another session, or that is no form, does nothing', async () => {
    const other = await signedInBrowser(gateway);
    const { csrf = '' } = formFields(await (await other.get(CARD)).text(), 'approve');
    const fields = formFields(await card(), 'approve');
    expect((await send({ ...fields, csrf })).status).toBe(403);
    expect((await send(fields, { 'content-type': 'application/json' })).status).toBe(415);
    expect(gateway.client.decisions).toEqual([]);
  });
});
