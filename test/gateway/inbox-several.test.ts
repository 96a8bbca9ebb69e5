import { setTimeout as sleep } from 'node:timers/promises';

import { beforeEach, describe, expect, it } from 'vitest';

import type { Approval } from '../../src/contracts/approval/approval.ts';
import type { Accepted, Receipt } from '../../src/contracts/approval/decision.ts';
import { createTestGateway, NOW, sampleApproval, signedInBrowser, TURN_ID } from './support.ts';
import type { Browser, TestGateway } from './support.ts';

let gateway: TestGateway;
let browser: Browser;

const idOf = (index: number) => `${TURN_ID}.several${index}`;
const sample = (index: number, more: Partial<Approval> = {}) =>
  sampleApproval({ approvalId: idOf(index), reason: `Reason ${index}.`, ...more });

beforeEach(async () => {
  gateway = createTestGateway();
  browser = await signedInBrowser(gateway, ['finance']);
  gateway.client.approvals = [sample(1), sample(2), sample(3)];
});

const textOf = (page: string) =>
  page
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll(/\s+/g, ' ');
const look = async () => (await browser.get('/inbox/several')).text();
const choicesOf = (page: string) =>
  [...page.matchAll(/name="chosen"\s+value="([^"]*)"/g)].map(([, value = '']) =>
    value.replaceAll('&quot;', '"'),
  );
const csrfOf = (page: string) => /name="csrf" value="([^"]*)"/.exec(page)![1]!;
const send = (
  page: string,
  decision: string,
  chosen: string[] = choicesOf(page),
  headers: Record<string, string> = {},
) =>
  browser.post(
    '/inbox/several',
    [
      ['csrf', csrfOf(page)],
      ['decision', decision],
      ...chosen.map((one): [string, string] => ['chosen', one]),
    ],
    headers,
  );
const answerWith = (answer: (index: number) => Partial<Receipt> | Partial<Accepted>) => {
  gateway.client.answer = ({ approvalId, decisionId }) => {
    const found = answer(Number(approvalId.at(-1)));
    return { outcome: 'applied', approvalId, decisionId, ...found };
  };
};
/** What the page says came of each, in its order. */
const resultsOf = (page: string) =>
  page
    .split('<li>')
    .slice(1)
    .map((row) => textOf(row.split('</li>')[0]!).trim());

describe('the page of several approvals', () => {
  it('shows each whole, with a choice that holds its digest and an id of its own', async () => {
    const page = await look();
    const text = textOf(page);
    for (const index of [1, 2, 3]) expect(text).toContain(`Reason ${index}.`);
    for (const shown of [
      '12900',
      'arrived broken',
      'maria@shop.example',
      'Pays money back',
      'I have read it:',
    ])
      expect(text.split(shown)).toHaveLength(4);
    const choices = choicesOf(page).map((text) => JSON.parse(text) as Record<string, string>);
    expect(choices.map(({ approvalId }) => approvalId)).toEqual([1, 2, 3].map(idOf));
    for (const { argumentsDigest } of choices) expect(argumentsDigest).toBe(sample(1).argumentsDigest);
    expect(new Set(choices.map(({ decisionId }) => decisionId)).size).toBe(3);
    expect(gateway.client.decisions).toEqual([]);
  });

  const rule = (more: Approval['rule']): Partial<Approval> => ({ rule: more! });
  const vote = {
    ...{ decisionId: 'd-1', decision: 'approve' as const, approver: { id: 'alice@acme.example' } },
    ...{ source: 'api', decidedAt: '2026-03-01T11:59:00.000Z', at: '2026-03-01T11:59:00.000Z' },
  };
  const cut = { label: 'Text', kind: 'text' as const, value: 'x', left: 9 };
  it.each<[string, Partial<Approval>, string]>([
    ['whose rule wants a passkey', rule({ auth: { passkey: true } }), 'the touch of a passkey'],
    ['whose rule wants a recent sign-in', rule({ auth: { maxAgeMinutes: 5 } }), 'when and how you signed in'],
    ['that needs a note', rule({ note: 'always' }), 'It needs a note.'],
    ['that two must approve', rule({ quorum: { approve: 2, deny: 1 } }), 'Several people must agree'],
    ['that two must deny', rule({ quorum: { approve: 1, deny: 2 } }), 'Several people must agree'],
    [
      'that somebody of a group must approve',
      rule({ quorum: { approve: 1, deny: 1, from: [{ group: 'finance', atLeast: 1 }] } }),
      'Several people must agree',
    ],
    [
      'that needs the right of emergency',
      { approvers: ['board'], rule: { breakGlass: { groups: ['finance'] } } },
      'only by right of emergency',
    ],
    ['of others', { approvers: ['board'] }, 'Whoever decides it'],
    [
      'of the requester',
      { requestedBy: 'Alice@acme.example ', rule: { notRequester: true } },
      'must be somebody else',
    ],
    ['that has this person’s vote', { votes: [vote] }, 'A vote stands.'],
    [
      'that was changed',
      {
        replaced: [
          { by: { kind: 'model' }, at: vote.at, arguments: { orderId: 'A-1' }, argumentsDigest: 'sha256:a' },
        ],
        proposed: { by: { kind: 'person', id: 'bob' }, at: vote.at },
      },
      'Somebody has changed its arguments.',
    ],
    [
      'that is asked again',
      { askedBefore: { approvalId: idOf(9), approvedBy: ['bob'], at: vote.at, why: 'It was old.' } },
      'It was approved before',
    ],
    ['that is long', { arguments: { text: 'x'.repeat(4_001) } }, 'too long to be read among others'],
    ['of which a field is cut', { presented: { by: 'tool', fields: [cut] } }, 'is cut'],
    ['of which fields are left out', { presented: { by: 'tool', fields: [], left: 1 } }, 'is cut'],
    ['with hidden characters', { arguments: { to: 'a\u200bb' } }, 'characters that may deceive'],
    [
      'with a name that looks like another',
      { arguments: { to: 'p\u0430ypal.com' } },
      'characters that may deceive',
    ],
  ])('offers no choice for one %s, says why, and takes none', async (_what, more, why) => {
    const whole = await look();
    gateway.client.approvals = [sample(1), sample(2, more), sample(3)];
    const page = await look();
    expect(choicesOf(page)).toHaveLength(2);
    expect(textOf(page)).toContain(why);
    // Somebody who has the page of before sends it all the same.
    const answer = await (await send(whole, 'approve')).text();
    expect(resultsOf(answer)[1]).toMatch(/^Not done .*own card/);
    expect(gateway.client.decisions.map(({ approvalId }) => approvalId)).toEqual([idOf(1), idOf(3)]);
  });

  it('leaves out what nobody could read the conversation of', async () => {
    gateway.client.readSaid = () => Promise.reject(new Error('down'));
    const page = await look();
    expect(choicesOf(page)).toEqual([]);
    expect(textOf(page)).toContain('What was said before it could not be read just now.');
  });

  it('is read by three at once, none of whom waits for what the others keep', async () => {
    const { eachPending } = gateway.client;
    // As slow as a list of Temporal's, so that all three have begun.
    gateway.client.eachPending = async function* (...of) {
      await sleep(50);
      yield* eachPending(...of);
    };
    const pages = await Promise.all([look(), look(), look()]);
    for (const page of pages) expect(choicesOf(page)).toHaveLength(3);
  });

  it('has twenty, and nobody else’s', async () => {
    const many = Array.from({ length: 30 }, (_, index) => sample(index + 10));
    gateway.client.approvals = [sample(1, { tenant: 'globex' }), ...many];
    const page = await look();
    expect(choicesOf(page)).toHaveLength(20);
    expect(page).not.toContain('"tenant":"globex"');
    expect(choicesOf(page).join()).not.toContain(idOf(1) + '"');
  });

  it('takes a denial that needs a note on its own card only', async () => {
    gateway.client.approvals = [sample(1), sample(2, { rule: { note: 'deny' } })];
    const page = await look();
    expect(textOf(page)).toContain('A denial needs a note');
    expect(resultsOf(await (await send(page, 'deny')).text())[1]).toContain('A denial of it needs a note.');
    expect(gateway.client.decisions.map(({ approvalId }) => approvalId)).toEqual([idOf(1)]);
    await send(page, 'approve', choicesOf(page).slice(1));
    expect(gateway.client.decisions).toHaveLength(2);
  });
});

describe('several decisions in one form', () => {
  it('are each a decision by the person signed in, bound to what was shown', async () => {
    const page = await look();
    const answer = await send(page, 'deny', choicesOf(page).slice(0, 2));
    expect(answer.status).toBe(200);
    const chosen = choicesOf(page).map((text) => JSON.parse(text) as Record<string, string>);
    expect(gateway.client.decisions).toEqual(
      chosen.slice(0, 2).map(
        (one) =>
          expect.objectContaining({
            ...one,
            ...{
              decision: 'deny',
              approver: { id: 'alice@acme.example', groups: ['finance'] },
              source: 'inbox',
            },
            decidedAt: new Date(NOW).toISOString(),
          }) as unknown,
      ),
    );
    const text = textOf(await answer.text());
    expect(text).toContain('2 of 2 denied. Nothing else was decided.');
  });

  it('are answered one by one, and one that fails loses no other', async () => {
    gateway.client.approvals = [1, 2, 3, 4, 5, 6, 7, 8].map((index) => sample(index));
    const outcomes: Record<number, Partial<Receipt> | { outcome: 'accepted' }> = {
      2: { outcome: 'conflict' },
      3: { outcome: 'expired' },
      4: { outcome: 'refused', reason: 'digest_mismatch' },
      5: {
        outcome: 'refused',
        reason: 'note_required',
        problems: [{ field: 'note', message: 'is required' }],
      },
      6: { outcome: 'accepted' },
      7: { outcome: 'cancelled' },
    };
    const page = await look();
    answerWith((index) => {
      if (index === 8) throw new Error('the connection broke');
      return outcomes[index] ?? {};
    });
    const answer = await (await send(page, 'approve')).text();
    expect(textOf(answer)).toContain('1 of 8 approved. 1 taken, and not settled yet. Of 1 it is not known.');
    expect(resultsOf(answer).map((row) => row.replace(/^(.*?) refund_order ?: /, '$1: '))).toEqual([
      'Done: Approved.',
      'Not done: Another decision came first.',
      'Not done: Too late: the deadline had passed.',
      expect.stringContaining('The arguments have changed since you looked.'),
      'Not done: note is required',
      expect.stringMatching(/^Taken: Your decision is stored/),
      'Not done: The turn was cancelled before.',
      'Not done: It is not known whether your decision arrived.',
    ]);
    expect(gateway.logged).toContainEqual({
      event: 'decision.unanswered',
      fields: expect.objectContaining({ approvalId: idOf(8) }) as unknown,
    });
    // Only that one can be sent again, under the id it had.
    expect(choicesOf(answer)).toEqual(choicesOf(page).slice(7));
    answerWith(() => ({ outcome: 'duplicate' }));
    const again = await (await send(answer, 'approve')).text();
    expect(resultsOf(again)).toEqual([expect.stringMatching(/^Done .*It counts once\.$/)]);
  });

  it('sent twice decide nothing twice, nor does the other button after the way back', async () => {
    const counted = new Map<string, string>();
    const page = await look();
    gateway.client.answer = ({ approvalId, decisionId, decision }) => {
      const known = counted.get(decisionId);
      counted.set(decisionId, known ?? decision);
      const outcome = known === undefined ? 'applied' : known === decision ? 'duplicate' : 'reused';
      if (outcome === 'applied')
        gateway.client.approvals = gateway.client.approvals.map((one) =>
          one.approvalId === approvalId ? { ...one, status: 'approved' } : one,
        );
      return { outcome, approvalId, decisionId, status: 'approved' };
    };
    await send(page, 'approve');
    for (const row of resultsOf(await (await send(page, 'approve')).text()))
      expect(row).toContain('It counts once.');
    for (const row of resultsOf(await (await send(page, 'deny')).text()))
      expect(row).toContain('The first decision counts.');
    expect([...counted.values()]).toEqual(['approve', 'approve', 'approve']);
    expect(choicesOf(await look())).toEqual([]);
  });

  it('of another tenant or of nothing are not found', async () => {
    const page = await look();
    gateway.client.approvals = [sample(1), sample(2, { tenant: 'globex' })];
    const answer = await (await send(page, 'approve')).text();
    expect(resultsOf(answer)[1]).toContain('There is no such approval.');
    expect(gateway.client.decisions.map(({ approvalId }) => approvalId)).toEqual([idOf(1)]);
  });

  it('sent by the Enter key decide nothing, and keep the ticks of what is as it was read', async () => {
    const page = await look();
    gateway.client.approvals = [sample(1), sample(2, { argumentsDigest: 'sha256:other' }), sample(3)];
    const again = await (await send(page, 'none', choicesOf(page).slice(0, 2))).text();
    expect([...again.matchAll(/id="tick-(\d)"[^>]*\schecked/gs)].map(([, index]) => index)).toEqual(['0']);
    expect(gateway.client.decisions).toEqual([]);
  });

  it('keep the filters of their list', async () => {
    const page = await look();
    expect(/name="list" value="([^"]*)"/.exec(page)?.[1]).toContain('view=all');
  });
});

describe('a form of several', () => {
  const one = (index: number, more: object = {}) =>
    JSON.stringify({
      approvalId: idOf(index),
      decisionId: `d-${index}`,
      argumentsDigest: 'sha256:a',
      ...more,
    });
  const twentyOne = Array.from({ length: 21 }, (_, index) => one(index + 10));
  it.each<[string, string, string[], number, string]>([
    ['without a tick', 'approve', [], 422, 'Nothing is ticked'],
    ['with more than twenty', 'approve', twentyOne, 400, 'has 21 approvals, and at most 20'],
    ['with one twice', 'approve', [one(1), one(1, { decisionId: 'd-2' })], 400, 'has an approval twice'],
    ['sent by the Enter key', 'none', [one(1)], 422, 'press one of the buttons below'],
    ['that edits', 'edit', [one(1)], 400, 'must be &quot;approve&quot; or &quot;deny&quot;'],
    ['that decides nothing', '', [one(1)], 400, 'must be &quot;approve&quot; or &quot;deny&quot;'],
    [
      'without a digest',
      'approve',
      [one(1, { argumentsDigest: undefined })],
      400,
      'must be what the page has',
    ],
    [
      'without a decision id',
      'approve',
      [one(1, { decisionId: undefined })],
      400,
      'must be what the page has',
    ],
    [
      'with an id that is none',
      'approve',
      [one(1, { approvalId: '../x' })],
      400,
      'must be what the page has',
    ],
    ['by right of emergency', 'approve', [one(1, { breakGlass: true })], 400, 'must be what the page has'],
    ['with a choice that is no JSON', 'approve', ['x'], 400, 'must be what the page has'],
  ])('%s decides nothing', async (_what, decision, chosen, status, why) => {
    const answer = await send(await look(), decision, chosen);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain(why);
    expect(gateway.client.decisions).toEqual([]);
  });

  it.each<[string, (page: string) => Promise<Response>, number]>([
    ['of another site', (page) => send(page, 'approve', undefined, { 'sec-fetch-site': 'cross-site' }), 403],
    ['of a sister site', (page) => send(page, 'approve', undefined, { 'sec-fetch-site': 'same-site' }), 403],
    [
      'without its token',
      (page) => send(page.replaceAll(/name="csrf" value="[^"]*"/g, 'name="csrf" value=""'), 'approve'),
      403,
    ],
    [
      'that is no form',
      (page) => send(page, 'approve', undefined, { 'content-type': 'application/json' }),
      415,
    ],
    ['that is too large', (page) => send(page, 'approve', ['x'.repeat(70_000)]), 413],
    [
      'of somebody signed out',
      (page) => (browser.cookies.delete('countersign_session'), send(page, 'approve')),
      401,
    ],
    [
      'by its address',
      (page) =>
        browser.get(`/inbox/several?decision=approve&chosen=${encodeURIComponent(choicesOf(page)[0]!)}`),
      200,
    ],
  ])('%s does nothing', async (_what, act, status) => {
    expect((await act(await look())).status).toBe(status);
    expect(gateway.client.decisions).toEqual([]);
  });

  it('that cannot be read whole decides nothing', async () => {
    const page = await look();
    gateway.client.failure = new Error('Temporal is down');
    expect((await send(page, 'approve')).status).toBe(500);
    gateway.client.failure = undefined;
    expect(gateway.client.decisions).toEqual([]);
  });
});
