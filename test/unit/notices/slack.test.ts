import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { AnyApproval } from '../../../src/contracts/approval/approval.ts';
import type { ToolArguments } from '../../../src/contracts/tool-call.ts';
import { toCard } from '../../../src/notices/card.ts';
import type { Message } from '../../../src/notices/channel.ts';
import { ACTIONS, toSlackMessage } from '../../../src/notices/slack/blocks.ts';
import { createSlackChannel } from '../../../src/notices/slack/slack.ts';
import type { Person } from '../../../src/store/people/person.ts';
import { MessageBlocks, MessageText } from '../../support/slack/blocks.ts';
import { startSlack, TOKEN, type SlackServer } from '../../support/slack/server.ts';

/** What people see in Slack, and what becomes of Slack's answers. */

const grace = { id: 'grace', slackId: 'U0GRACE', zone: null } as Person;
const approvalOf = (args: ToolArguments, more: Partial<AnyApproval> = {}) =>
  ({
    ...{ tenant: 'acme', approvalId: 'a-1', tool: 'refund', toolDescription: 'Pays money back.' },
    ...{ arguments: args, argumentsDigest: `sha256:${'0'.repeat(64)}`, status: 'pending', deadline: null },
    ...more,
  }) as AnyApproval;
const messageOf = (approvals: AnyApproval[]): Message => ({
  ...{ id: 'm-1', tenant: 'acme', kind: 'ask', to: { person: grace, address: 'U0GRACE' }, after: [] },
  cards: approvals.map((approval) => toCard(approval, 'https://countersign.example.com')),
});
const shown = (...approvals: AnyApproval[]) => {
  const { text, blocks } = toSlackMessage(messageOf(approvals));
  return { text: MessageText.parse(text), blocks: MessageBlocks.parse(blocks) };
};
const buttonsOf = ({ blocks }: ReturnType<typeof shown>) =>
  blocks.flatMap((block) =>
    block.type === 'actions' ? block.elements.map(({ action_id }) => action_id) : [],
  );

describe('a card', () => {
  const ALL = Object.values(ACTIONS);
  const hostile = [
    ...[
      '<!channel>',
      '<!here|here>',
      '<@U0ADA>',
      '<#C0GENERAL>',
      '<https://evil.example|Click>',
      '&lt;!channel&gt;',
    ],
    ...['https://evil.example', '*bold* _i_ ~s~ `c`', '```', ':tada:', '@channel', '\u202Eevil', ''],
    'A-1\nWhy a person is asked: none\nVotes: linus: approve',
  ];

  test.for(hostile)('shows %j as it is: no mention, link or markup comes alive', (value) => {
    const card = shown(approvalOf({ value, [value]: 1, nested: { deep: [value] } }));
    // Of texts, only those of rich texts come from arguments. These know no markup.
    expect(buttonsOf(card)).toEqual(ALL);
    const rich = card.blocks.flatMap((block) => (block.type === 'rich_text' ? block.elements : []));
    const boxes = rich.filter(({ type }) => type === 'rich_text_preformatted');
    expect(boxes).toHaveLength(3);
    const others = card.blocks.filter(({ type }) => type !== 'rich_text');
    if (value !== '') expect(JSON.stringify(others)).not.toContain(value);
  });

  test('escapes what has a meaning in other texts', () => {
    const card = shown(approvalOf({}, { toolDescription: '<!channel> & <https://evil.example|x>' }));
    expect(JSON.stringify(card.blocks)).toContain('&lt;!channel&gt; &amp; &lt;https://evil.example|x&gt;');
  });

  test.for([
    ['a long argument', { text: 'x'.repeat(5_000) }],
    ['many arguments', Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`field${index}`, 'y']))],
    [
      'much in all',
      Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`f${index}`, 'z'.repeat(1_900)])),
    ],
    [
      'the last one',
      Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`f${index}`, 'z'.repeat(1_700)])),
    ],
    ['characters of two halves', { text: '💣'.repeat(3_000) }],
  ] as const)('that does not fit, for %s, says so and can only be opened', ([, args]) => {
    const card = shown(approvalOf(args));
    expect(buttonsOf(card)).toEqual([ACTIONS.open]);
    expect(JSON.stringify(card.blocks)).toContain('Not everything is shown here');
    expect(JSON.stringify(card.blocks).isWellFormed()).toBe(true);
  });

  test('that is settled has no button but the link', () => {
    const decision = { approver: { id: 'linus' }, decision: 'approve', note: '<@U0ADA>\nok' };
    const card = shown(approvalOf({}, { status: 'approved', decision } as Partial<AnyApproval>));
    expect(buttonsOf(card)).toEqual([ACTIONS.open]);
    expect(card.text).toBe('Approved by linus. refund');
  });

  test('of twenty questions at once is one line each', () => {
    const card = shown(
      ...Array.from({ length: 20 }, (_, index) => approvalOf({ index }, { approvalId: `a-${index}` })),
    );
    expect(buttonsOf(card)).toEqual([]);
    expect(JSON.stringify(card.blocks).match(/inbox\/approvals\/a-\d+/g)).toHaveLength(20);
  });

  test('of six questions at once shows each whole', () => {
    const six = Array.from({ length: 6 }, (_, index) => approvalOf({ index }, { approvalId: `a-${index}` }));
    expect(buttonsOf(shown(...six))).toEqual(six.flatMap(() => ALL));
  });
});

describe('the channel', () => {
  let slack: SlackServer;
  beforeAll(async () => {
    slack = await startSlack();
    slack.users.set('U0GRACE', { id: 'U0GRACE' });
  });
  afterAll(() => slack.close());
  beforeEach(() => slack.trouble.clear());
  const message = messageOf([approvalOf({ orderId: 'A-1' })]);
  const channel = (token = TOKEN) => createSlackChannel({ token, apiUrl: slack.apiUrl });
  const { signal } = new AbortController();

  test.for([
    ['429', { retryAfter: 7 }, { retryAfterMs: 7_000, isFinal: false, mayHaveArrived: false }],
    ['500', { status: 500 }, { isFinal: false, mayHaveArrived: true }],
    ['internal_error', { error: 'internal_error' }, { isFinal: false }],
    ['token_revoked', { error: 'token_revoked' }, { isFinal: false, message: /COUNTERSIGN_SLACK_BOT_TOKEN/ }],
    ['missing_scope', { error: 'missing_scope' }, { isFinal: false, message: /lacks a scope/ }],
    ['channel_not_found', { error: 'channel_not_found' }, { isFinal: true, message: /channel_not_found/ }],
  ] as const)('tells when to try again after %s', async ([, trouble, told]) => {
    slack.trouble.set('chat.postMessage', trouble);
    const { message: words, ...rest } = { message: /./, ...told };
    await expect(channel().send(message, signal)).rejects.toMatchObject({
      ...rest,
      message: expect.stringMatching(words) as string,
    });
  });

  test('tells at its start of a token that Slack has revoked', async () => {
    await expect(channel('xoxb-revoked').check?.(signal)).rejects.toThrow(
      'Slack refuses the token of COUNTERSIGN_SLACK_BOT_TOKEN (invalid_auth). Install the app again',
    );
    await expect(channel().check?.(signal)).resolves.toBeUndefined();
  });

  test('sends nothing to somebody who is not in the workspace, and does not try again', async () => {
    const to = { person: grace, address: 'U0GONE' };
    await expect(channel().send({ ...message, to }, signal)).rejects.toMatchObject({ isFinal: true });
  });

  test('says that Slack cannot be reached, and that nothing has arrived', async () => {
    const gone = await startSlack();
    await gone.close();
    const nowhere = createSlackChannel({ token: TOKEN, apiUrl: gone.apiUrl });
    await expect(nowhere.send(message, signal)).rejects.toMatchObject({
      ...{
        isFinal: false,
        mayHaveArrived: false,
        message: expect.stringContaining('cannot be reached') as string,
      },
    });
  });
});
