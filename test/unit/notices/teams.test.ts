import { expect, test } from 'vitest';

import type { AnyApproval } from '../../../src/contracts/approval/approval.ts';
import { teamsConfig } from '../../../src/config/teams.ts';
import { toCard } from '../../../src/notices/card.ts';
import type { Message } from '../../../src/notices/channel.ts';
import { toAskMessage, toEndMessage } from '../../../src/notices/teams/card.ts';
import { requireTaken } from '../../../src/notices/teams/errors.ts';
import { isFor, WebhookFileSchema } from '../../../src/notices/teams/webhooks.ts';
import { sampleApproval } from '../../gateway/support.ts';
import { textsOf } from '../../support/teams.ts';

const person = {
  ...{ id: 'teams:finance', name: null, mail: null, slackId: null, groups: [], identities: [] },
  ...{ revokedAt: null, zone: null, quiet: null, away: null, channels: null },
};
function message(...asks: Partial<AnyApproval>[]): Message {
  const cards = asks.map((one) => {
    const { proposals: _, ...approval } = sampleApproval(one);
    return toCard(approval, 'https://inbox.acme.example');
  });
  return { id: 'm', tenant: 'acme', kind: 'ask', cards, to: { person, address: 'finance' }, after: [] };
}
const EVIL = [
  ...['[Approve](https://evil.example)', '**bold**', '_it_', '- one\n- two', '1. one', '<at>Grace</at>'],
  ...['![x](https://evil.example/x.png)', '<b>x</b>', '@{triggerBody()}', '${title}'],
];

test.each(EVIL)('what a model writes is a run of text, which has no markup: %s', (evil) => {
  const sent = toAskMessage(message({ arguments: { note: evil }, tool: evil.replaceAll('\n', ' ') }));
  const json = JSON.stringify(sent);
  for (const line of evil.split('\n')) expect(textsOf(sent).split('\n')).toContain(line);
  expect(json).not.toMatch(/"type":"(TextBlock|FactSet|Image|Media|Action\.(?!OpenUrl))/);
  expect(json).not.toContain('"entities"');
});

test.each(['{{DATE(2026-01-01T00:00:00Z,SHORT)}}', '{{time(2026-01-01T00:00:00Z)}}', '{{ DATE(x)}}'])(
  'no text becomes a time of the reader: %s',
  (text) => {
    const sent = JSON.stringify(toAskMessage(message({ arguments: { note: text }, tool: text })));
    expect(sent).not.toMatch(/\{\{\s*(date|time)/i);
  },
);

test('a line of the model that looks like one of ours stands in a box of its own', () => {
  const sent = toAskMessage(message({ arguments: { note: 'x\nDecide by\nnever' } }));
  const [, card] = sent.attachments[0].content.body as unknown as { items: { type: string }[] }[];
  const own = card!.items.filter(({ type }) => type === 'RichTextBlock');
  expect(
    textsOf(own)
      .split('\n')
      .filter((line) => line === 'never'),
  ).toEqual([]);
});

test.each<[string, Partial<AnyApproval>[]]>([
  ['one long text', [{ arguments: { note: '王'.repeat(200_000) } }]],
  ['a text of quotation marks', [{ arguments: { note: '"\\\n'.repeat(5_000) } }]],
  ['a thousand lines', [{ arguments: { note: 'x\n'.repeat(1_000) } }]],
  [
    'forty values',
    [{ arguments: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`v${i}`, '😀'.repeat(500)])) }],
  ],
  [
    'twenty questions with long names',
    Array.from({ length: 20 }, () => ({ tool: '王'.repeat(900), arguments: { ['王'.repeat(400)]: 1 } })),
  ],
  ['twenty questions', Array.from({ length: 20 }, () => ({ arguments: { note: 'x'.repeat(5_000) } }))],
])('%s: the message stays below the limit of Teams, and says that it is cut', (_, asks) => {
  const sent = toAskMessage(message(...asks));
  expect(Buffer.byteLength(JSON.stringify(sent))).toBeLessThan(28_000);
  expect(textsOf(sent)).toContain('Not everything is shown here. Open it to read all of it.');
});

test('the end names what is over, and nothing that is still open', () => {
  const over = { status: 'denied', tool: 'refund', resolvedAt: '2026-06-10T10:00:00Z' } as const;
  const decision = { decisionId: 'd', decision: 'deny', approver: { id: '[grace](x)' }, note: 'No.' };
  const text = textsOf(
    toEndMessage(message({ ...over, decision } as unknown as AnyApproval, { tool: 'open_one' })),
  );
  expect(text).toContain('Denied by [grace](x).');
  expect(text).toContain('No.');
  expect(text).not.toContain('open_one');
});

test.each<[string, Parameters<typeof requireTaken>[1], null | object]>([
  ['a workflow takes it', { status: 202, retryAfter: undefined, text: '' }, null],
  ['an older webhook takes it', { status: 200, retryAfter: undefined, text: '1' }, null],
  ['it is gone', { status: 404, retryAfter: undefined }, { isFinal: false, mayHaveArrived: false }],
  ['the card is refused', { status: 400, retryAfter: undefined }, { isFinal: true, mayHaveArrived: false }],
  [
    'it wants patience',
    { status: 429, retryAfter: '7' },
    { isFinal: false, retryAfterMs: 7_000, mayHaveArrived: false },
  ],
  ['it is in trouble', { status: 502, retryAfter: undefined }, { isFinal: false, mayHaveArrived: true }],
  ['it is elsewhere', { status: 302, retryAfter: undefined }, { isFinal: false, mayHaveArrived: false }],
  [
    'it says 200 and means 429',
    {
      status: 200,
      retryAfter: undefined,
      text: 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x',
    },
    { isFinal: false, mayHaveArrived: false },
  ],
  [
    'it says 200 and means 413',
    { status: 200, retryAfter: undefined, text: 'Microsoft Teams endpoint returned HTTP error 413' },
    { isFinal: true, mayHaveArrived: false },
  ],
  ['a page answers', { status: 200, retryAfter: undefined, text: '<html>Sign in' }, { mayHaveArrived: true }],
])('what an answer means: %s', (_, answer, expected) => {
  const taking = () => requireTaken('finance', answer);
  if (expected === null) expect(taking).not.toThrow();
  else expect(taking).toThrow(expect.objectContaining(expected));
});

const webhook = { name: 'finance', url: 'https://hooks.acme.example/x' };
test.each([
  [{}, { tenant: 'acme', groups: null }, true],
  [{ tenants: ['acme'] }, { tenant: 'other', groups: null }, false],
  [{ groups: ['finance'] }, { tenant: 'acme', groups: ['finance', 'board'] }, true],
  [{ groups: ['finance'] }, { tenant: 'acme', groups: ['board'] }, false],
  [{ groups: ['finance'] }, { tenant: 'acme', groups: null }, false],
])('a webhook with %o and a question of %o: %s', (of, about, expected) => {
  expect(isFor({ ...webhook, ...of }, about)).toBe(expected);
});

test.each([
  [[{ ...webhook, url: 'http://hooks.acme.example/x' }], /https URL of a webhook/],
  [[{ ...webhook, url: 'https://ada:pw@hooks.acme.example/x' }], /without a user name/],
  [[webhook, webhook], /is the name of 0, too/],
  [[{ ...webhook, group: ['finance'] }], /group/],
  [[], /expected array to have >=1/],
])('a file that is wrong is refused: %j', (file, expected) => {
  expect(WebhookFileSchema.safeParse(file).error?.message).toMatch(expected);
});

test('a URL that is not encrypted is refused, and not shown', () => {
  const read = () => teamsConfig({ COUNTERSIGN_TEAMS_WEBHOOKS: 'http://hooks.acme.example/?sig=s3cret' });
  expect(read).toThrow(
    /^COUNTERSIGN_TEAMS_WEBHOOKS is a value, which is not valid\. Set it to the https URL/,
  );
  expect(read).not.toThrow(/s3cret/);
});
