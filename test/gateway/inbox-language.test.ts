import { beforeEach, describe, expect, it } from 'vitest';

import type { Approval } from '../../src/contracts/approval/approval.ts';
import { createInboxLink } from '../../src/gateway/app.ts';
import { en } from '../../src/gateway/inbox/strings/en.ts';
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

/** The inbox in another language than English. */

const CARD = `/inbox/approvals/${APPROVAL_ID}`;
const GERMAN = { 'accept-language': 'de-AT, de;q=0.9, en;q=0.5' };

let gateway: TestGateway;
let browser: Browser;

beforeEach(async () => {
  gateway = createTestGateway();
  browser = await signedInBrowser(gateway, ['finance']);
  gateway.client.approvals = [sampleApproval()];
});

/** Texts of ours in a page: what is marked as another language, or as nobody's, is left out. */
function wordsOf(page: string): string {
  return page
    .replaceAll(/<(style|script)[^>]*>.*?<\/\1>/gs, ' ')
    .replaceAll(/<bdi class="text" lang="">.*?<\/bdi>/gs, ' ')
    .replaceAll(/<(?!html)(\w+)[^>]* lang="en"[^>]*>.*?<\/\1>/gs, ' ')
    .replaceAll(/<[^>]*?(?:\b(?:aria-label|title)="([^"]*)")?[^>]*>/g, ' $1 ')
    .replaceAll(/\s+/g, ' ');
}

/** The English sentences that are left: every text of two words, and the ends of those that are functions. */
function englishIn(page: string): string[] {
  const textsOf = (value: unknown): string[] => {
    if (typeof value === 'string') return value.includes(' ') ? [value] : [];
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
  };
  const words = wordsOf(page);
  const common =
    words.match(/\b(the|you|your|is|are|what|who|with|for|of|to|it|and|nobody|nothing)\b/gi) ?? [];
  return [...textsOf(en).filter((text) => words.includes(text)), ...common];
}

const linkTo = (id: string) =>
  createInboxLink({
    ...{ sessionSecret: SESSION_SECRET, baseUrl: BASE_URL, tenant: TENANT, clock: () => NOW },
    approver: { id },
  });

describe('a page', () => {
  const decided = {
    ...{ decisionId: 'd-1', decision: 'approve' as const, approver: { id: 'grace' }, source: 'inbox' },
    ...{ note: 'Ok', decidedAt: '2026-03-01T12:00:00.000Z' },
  };
  it.each<[name: string, path: string, says: string, more?: Partial<Approval>]>([
    ['the list', '/inbox', 'Offene Anfragen'],
    ['the page of several', '/inbox/several', 'Auswahl freigeben'],
    ['a card', CARD, 'Freigeben'],
    ['a card that is settled', CARD, 'hat freigegeben', { status: 'approved', decision: decided }],
    [
      'a card that is for others',
      CARD,
      'muss zu einer dieser Gruppen gehören: legal',
      { approvers: ['legal'] },
    ],
    ['a card that several decide', CARD, 'Es fehlt', { rule: { quorum: { approve: 2, deny: 2 } } }],
    ['a card that is over', CARD, 'hat niemand entschieden', { status: 'expired' }],
    ['the record', `${CARD}/record`, 'Dieses Gateway führt kein Protokoll'],
    ['the grants', '/inbox/grants', 'Vorabfreigaben'],
    ['the passkeys', '/inbox/passkeys', 'Passkeys funktionieren hier nicht'],
    ['the notifications', '/inbox/notifications', 'Hier gibt es keine Mitteilungen'],
    ['an approval that is not there', '/inbox/approvals/a.b.c', 'Diese Anfrage gibt es nicht'],
    ['an address that is not there', '/inbox/nowhere', 'Unter dieser Adresse gibt es nichts'],
  ])('in German has no English sentence: %s', async (_name, path, says, more: Partial<Approval> = {}) => {
    gateway.client.approvals = [sampleApproval(more)];
    const answer = await browser.get(path, GERMAN);
    const page = await answer.text();
    expect(page).toContain('<html lang="de"');
    expect(wordsOf(page)).toContain(says);
    expect(englishIn(page)).toEqual([]);
    expect(answer.headers.get('content-language')).toBe('de');
    expect(answer.headers.get('vary')).toBe('Accept-Language, Cookie');
  });

  it('in English has English sentences, so that the search for them finds some', async () => {
    expect(englishIn(await (await browser.get(CARD)).text())).toContain(en.decide.title);
  });

  it.each([
    [
      'sign-in',
      async (guest: Browser) => guest.get(await linkTo('ada'), GERMAN),
      'Dieser Link meldet Sie als',
    ],
    ['no session', (guest: Browser) => guest.get('/inbox', GERMAN), 'Nicht angemeldet'],
    [
      'a link that is used up',
      (guest: Browser) => guest.get('/inbox/login?token=x', GERMAN),
      'schon benutzt',
    ],
    [
      'a decision without a session',
      (guest: Browser) => guest.post(`${CARD}/decision`, { decision: 'deny' }, GERMAN),
      'Neu anmelden',
    ],
    [
      'a method that is not there',
      (guest: Browser) => guest.post('/inbox', {}, GERMAN),
      'Das geht hier nicht',
    ],
  ])('for nobody yet is in their language, too: %s', async (_name, look, says) => {
    const page = await (await look(createBrowser(gateway))).text();
    expect(wordsOf(page)).toContain(says);
    expect(englishIn(page)).toEqual([]);
  });

  it.each([
    [
      'no reason',
      { decision: 'deny' },
      { reason: 'note_required', problems: [{ field: 'note', message: 'is required.' }] },
      'Hier ist eine Begründung nötig.',
    ],
    ['no JSON', { decision: 'edit', arguments: '{' }, {}, 'ist kein gültiges JSON'],
    ['a long note', { decision: 'deny', note: 'x'.repeat(4001) }, {}, 'darf höchstens 4.000 Zeichen haben'],
    [
      'old arguments',
      { decision: 'approve' },
      { reason: 'digest_mismatch' },
      'Die Argumente haben sich geändert',
    ],
  ] as const)('of a form that is refused says why in German: %s', async (_name, form, receipt, says) => {
    gateway.client.answer = ({ approvalId, decisionId }) => {
      const refused = { ...receipt, problems: 'problems' in receipt ? [...receipt.problems] : [] };
      return { outcome: 'refused', approvalId, decisionId, ...refused };
    };
    const fields = formFields(await (await browser.get(CARD, GERMAN)).text(), form.decision);
    const page = await (await browser.post(`${CARD}/decision`, { ...fields, ...form }, GERMAN)).text();
    expect(wordsOf(page)).toContain(says);
    expect(englishIn(page)).toEqual([]);
  });
});

describe('the language', () => {
  const choose = (language: string, to = '/inbox', headers = {}) =>
    browser.post('/inbox/language', { language, to }, headers);
  const languageAt = async (path: string, headers = {}) =>
    (await browser.get(path, headers)).headers.get('content-language');

  it('is what somebody has chosen, before what the browser asks for, and English else', async () => {
    expect(await languageAt('/inbox', GERMAN)).toBe('de');
    expect(await languageAt('/inbox', { 'accept-language': 'fr' })).toBe('en');
    const answer = await choose('de', `${CARD}?sent=d-1`);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `${CARD}?sent=d-1`]);
    expect(answer.headers.get('set-cookie')).toMatch(
      /^countersign_language=de; Max-Age=31536000; .*HttpOnly; SameSite=Lax$/,
    );
    expect(await languageAt('/inbox', { 'accept-language': 'en' })).toBe('de');
    await choose('en');
    expect(await languageAt('/inbox', GERMAN)).toBe('en');
  });

  it('of parts is that of their page, whatever was chosen in another tab', async () => {
    const page = await (await browser.get(CARD, GERMAN)).text();
    const parts = /data-parts="([^"]*)"/.exec(page)![1]!.replaceAll('&amp;', '&');
    await choose('en');
    expect(await languageAt(parts)).toBe('de');
  });

  it.each(['xx', 'constructor', ''])('%j is none, and is not kept', async (language) => {
    expect((await choose(language)).headers.get('set-cookie')).toBeNull();
  });

  it.each([
    '//evil.example',
    'https://evil.example/',
    '/v1/turns',
    '/inbox\\evil',
    '/inbox/\r\nx: y',
    '/inboxes',
    '',
  ])('leads nobody elsewhere: %j', async (to) =>
    expect((await choose('de', to)).headers.get('location')).toBe('/inbox'),
  );

  it('is chosen on our pages alone', async () => {
    const answer = await choose('de', '/inbox', { 'sec-fetch-site': 'cross-site' });
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([403, null]);
  });

  it('keeps the address of the page, and is not offered where the address shows nothing', async () => {
    const page = await (await browser.get('/inbox?view=all&lang=de')).text();
    expect(/name="to"\s+value="([^"]*)"/.exec(page)?.[1]).toBe('/inbox?view=all');
    const failed = await browser.post(`${CARD}/decision`, {});
    expect(await failed.text()).not.toContain('/inbox/language');
  });
});

it('dates, numbers and money are written as the language does, and times are UTC without scripts', async () => {
  const presented = {
    ...{ by: 'tool', title: 'Refund', risk: 'high' },
    fields: [{ label: 'Amount', kind: 'money', value: '1234.5', currency: 'EUR', left: 12_345 }],
  } as const;
  gateway.client.approvals = [sampleApproval({ presented: presented as never })];
  const page = wordsOf(await (await browser.get(CARD, GERMAN)).text());
  expect(page).toContain('1.234,50 EUR');
  expect(page).toContain('12.345 weitere Zeichen');
  expect(page).toContain('01.03.2026, 12:09:13 UTC');
  expect(page).toContain('noch 9 Min. 13 Sek.');
  expect(page).toContain('Hohes Risiko');
});
