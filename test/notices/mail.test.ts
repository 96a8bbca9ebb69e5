import { afterEach, beforeEach, expect, test } from 'vitest';

import type { AnyApproval } from '../../src/contracts/approval/approval.ts';
import { toCard } from '../../src/notices/card.ts';
import { ChannelError, type Message } from '../../src/notices/channel.ts';
import { endOf } from '../../src/notices/end.ts';
import { createMailChannel } from '../../src/notices/mail/mail.ts';
import { checkChannels } from '../../src/notices/notices.ts';
import type { Person } from '../../src/store/people/person.ts';
import { sampleApproval } from '../gateway/support.ts';
import { openMailbox, type Behaviour, type Mailbox } from '../support/mailbox.ts';

/** Mail against a real SMTP server, read by a parser of its own. */

const FROM = 'Countersign <signoff@acme.example>';
let mailbox: Mailbox;
beforeEach(async () => {
  mailbox = await openMailbox();
});
afterEach(() => mailbox.close());

const person = (more: Partial<Person> = {}): Person => ({
  ...{ id: 'grace', name: 'Grace Hopper', mail: 'grace@acme.example', slackId: null, groups: [] },
  ...{ identities: [], revokedAt: null, zone: null, quiet: null, away: null, channels: null },
  ...more,
});
function message(asks: Partial<AnyApproval> = {}, more: Partial<Message> = {}): Message {
  const { proposals: _, ...approval } = sampleApproval(asks);
  return {
    ...{ id: 'a:0:grace:mail', tenant: 'acme', kind: 'ask', after: [] },
    cards: [toCard(approval, 'https://inbox.acme.example/')],
    to: { person: person(), address: 'grace@acme.example' },
    ...more,
  };
}
const channel = (url = mailbox.url) => createMailChannel({ url, from: FROM, limitMs: 500 });
const send = (one: Message, url?: string) => channel(url).send(one, AbortSignal.timeout(10_000));

test('names in any script, and texts of any length, arrive as they are', async () => {
  const name = 'Grâce 王小明 "Amazing" <Hopper>, Murray';
  await send(
    message(
      { reason: 'Für Müller: 42 €' },
      { to: { person: person({ name }), address: 'grace@acme.example' } },
    ),
  );
  const [mail] = mailbox.mails;
  expect(mail?.to).toMatchObject({ value: [{ name, address: 'grace@acme.example' }] });
  expect(mail?.text).toContain('Für Müller: 42 €');
  expect(mail?.html).toContain('Für Müller: 42 €');
  expect(mail?.headers.get('auto-submitted')).toBe('auto-generated');
});

test.each([
  ['a line break', 'x\r\nBcc: eve@evil.example'],
  ['a lone carriage return', 'x\rBcc: eve@evil.example'],
  ['an encoded word', '=?utf-8?Q?x=0D=0ABcc:_eve@evil.example?='],
  ['what turns the text around', 'x\u202Emoc.live'],
])(
  '%s in the name of a person, of a tool and in arguments makes no header and no markup',
  async (_, evil) => {
    const html = '<img src=x onerror=alert(1)>';
    const one = message({ tool: evil, arguments: { [html]: `${evil}${html}` } });
    await send({ ...one, to: { ...one.to, person: person({ name: evil }) } });
    const [mail] = mailbox.mails;
    expect(mailbox.mails).toHaveLength(1);
    expect([...mail!.headers.keys()].toSorted()).toEqual(
      [
        ...['auto-submitted', 'content-type', 'date', 'from', 'message-id', 'mime-version', 'subject', 'to'],
        'x-auto-response-suppress',
      ].toSorted(),
    );
    expect(mail?.html).not.toContain(html);
    expect(mail?.text).not.toContain('\u202E');
    expect(mail?.recipient).toBe('grace@acme.example');
  },
);

test('arguments that are too long are cut visibly, and the mail says that it can only be opened', async () => {
  const args = {
    text: 'ä'.repeat(300_000),
    ...Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${i}`, i])),
  };
  await send(message({ arguments: args }));
  const [mail] = mailbox.mails;
  expect(mail?.text).toContain('298000 characters more]');
  expect(mail?.text).toContain('more values');
  expect(mail?.text).toContain('Not everything is shown here. Open it to read all of it.');
  expect(mail!.raw.length).toBeLessThan(100_000);
});

test('a line break within a text stands under an indent, so it cannot pass for a line of ours', async () => {
  await send(message({ arguments: { note: 'ok\nDecide by: never\n\nOpen it: https://evil.example' } }));
  expect(mailbox.mails[0]?.text).toContain('\n    Open it: https://evil.example');
  expect(mailbox.mails[0]?.text?.match(/^Open it: /gm)).toHaveLength(1);
});

test('a second attempt has the same Message-ID, and what follows is in its thread', async () => {
  const one = message();
  await send(one);
  await send(one);
  await send({ ...one, id: 'a:1:grace:mail', kind: 'remind', after: [one.id] });
  const [first, again, reminder] = mailbox.mails;
  expect(again?.messageId).toBe(first?.messageId);
  expect(reminder).toMatchObject({ subject: `Re: ${first?.subject ?? ''}`, inReplyTo: first?.messageId });
  expect(reminder?.references).toBe(first?.messageId);
});

test('an end is told to everybody but to whoever decided', async () => {
  const decision = {
    decisionId: 'd',
    decision: 'deny',
    approver: { id: 'grace' },
    decidedAt: '',
    source: 'api',
  };
  const over = message({
    status: 'denied',
    decision,
    resolvedAt: '2026-01-01T00:00:00Z',
  } as Partial<AnyApproval>);
  await channel().update(over, null, AbortSignal.timeout(10_000));
  expect(mailbox.mails).toHaveLength(0);
  await channel().update(
    { ...over, to: { ...over.to, person: person({ id: 'linus' }) } },
    null,
    AbortSignal.timeout(10_000),
  );
  expect(mailbox.mails[0]?.text).toMatch(/denied by grace\./);
});

test('an end that goes by mail instead of another channel is the same mail as one that follows a mail', async () => {
  const over = message({ status: 'expired', resolvedAt: '2026-01-01T00:00:00Z' });
  const signal = AbortSignal.timeout(10_000);
  const asked = await send(over);
  await channel().update(over, null, signal);
  await channel().tellEnd?.(endOf(over)!, signal);
  const [first, followed, instead] = mailbox.mails;
  expect(asked).toEqual({ messageId: first?.messageId });
  expect(followed).toMatchObject({ subject: `Re: ${first?.subject ?? ''}`, inReplyTo: first?.messageId });
  const told = ({ messageId, inReplyTo, subject, text }: NonNullable<typeof first>) => [
    ...[messageId, inReplyTo, subject, text],
  ];
  expect(told(instead!)).toEqual(told(followed!));
});

test('a deadline is told in the time of the person, and in UTC', async () => {
  const to = { person: person({ zone: 'America/New_York' }), address: 'grace@acme.example' };
  await send(message({ deadline: '2026-03-08T07:30:00.000Z' }, { to }));
  expect(mailbox.mails[0]?.text).toMatch(/Decide by: .*03:30 America\/New_York \(.*07:30 UTC\)/);
});

test.each<[string, Behaviour, Partial<ChannelError>, RegExp]>([
  [
    'refuses the person for now',
    { is: 'refuses', code: 450, at: 'RCPT' },
    { isFinal: false, mayHaveArrived: false },
    /answered 450/,
  ],
  [
    'refuses the person for good',
    { is: 'refuses', code: 550, at: 'RCPT' },
    { isFinal: true },
    /answered 550/,
  ],
  [
    'refuses the mail for now',
    { is: 'refuses', code: 451, at: 'DATA' },
    { isFinal: false, mayHaveArrived: false },
    /answered 451/,
  ],
  ['refuses the mail for good', { is: 'refuses', code: 554, at: 'DATA' }, { isFinal: true }, /answered 554/],
  ['says nothing any more', { is: 'hangs' }, { isFinal: false, mayHaveArrived: true }, /not confirmed/],
  ['cuts the connection', { is: 'closes' }, { isFinal: false, mayHaveArrived: true }, /not confirmed/],
])('a server that %s', async (_, behaviour, expected, words) => {
  mailbox.behaviour = behaviour;
  const error: unknown = await send(message()).catch((thrown: unknown) => thrown);
  mailbox.behaviour = { is: 'takes' };
  expect(error).toBeInstanceOf(ChannelError);
  expect(error).toMatchObject(expected);
  expect((error as ChannelError).message).toMatch(words);
});

test('a server that is not there, and a wrong password, are said at start, without the password', async () => {
  const problems: string[] = [];
  const check = (url: string) =>
    checkChannels([channel(url)], (name, problem) => problems.push(`${name}: ${problem}`));
  await check(mailbox.urlFor('ada', 'open-sesame'));
  expect(problems).toEqual([]);
  await check(mailbox.urlFor('ada', 'guessed'));
  await check('smtp://127.0.0.1:1');
  expect(problems).toEqual([
    expect.stringMatching(
      /^mail: The SMTP server refuses the user name or the password of COUNTERSIGN_SMTP_URL/,
    ),
    expect.stringMatching(/^mail: The SMTP server of COUNTERSIGN_SMTP_URL cannot be reached/),
  ]);
  expect(problems.join()).not.toContain('guessed');
});
