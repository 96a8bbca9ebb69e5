import { describe, expect, test } from 'vitest';

import {
  judgeLadder,
  LADDER_VIOLATIONS,
  type LadderRecords,
  type LadderViolationKind,
} from '../../fault/ladder/oracle.ts';
import { makeLadderPlan } from '../../fault/ladder/plan.ts';

const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 31) + seconds * 1_000).toISOString();

/** One question that was asked by mail and in Slack, reminded of, and approved; and one that nobody could be told of. */
function records(): LadderRecords {
  const order = (state = '') => [{ orderId: 'A-0', state }];
  const notice = (personId: string, channel: string) => ({
    ...{ approvalId: 'a', personId, channel, rung: 0, kind: 'ask' as const, state: 'sent' as const },
    ...{ messageId: `a:0:${personId}`, sentAt: at(1), endedAt: null },
  });
  const reminder = (personId: string, channel: string) => ({
    ...{ ...notice(personId, channel), rung: 1, kind: 'remind' as const, messageId: `a:1:${personId}` },
  });
  return {
    questions: [
      { orderId: 'A-0', approvalId: 'a', status: 'approved', by: 'grace', words: 'approved by grace' },
      {
        orderId: 'A-1',
        approvalId: 'b',
        status: 'expired',
        by: null,
        words: 'expired: nobody decided in time',
      },
    ],
    mails: [
      { personId: 'grace', messageId: '1', kind: 'ask', orders: order() },
      { personId: 'linus', messageId: '2', kind: 'ask', orders: order() },
      // The same mail again, because nobody knew whether it had arrived.
      { personId: 'linus', messageId: '2', kind: 'ask', orders: order() },
      { personId: 'linus', messageId: '3', kind: 'remind', orders: order() },
      { personId: 'linus', messageId: '4', kind: 'end', orders: order('approved by grace') },
    ],
    cards: [
      {
        personId: 'mia',
        ts: '1.1',
        kind: 'remind',
        orderId: 'A-0',
        isOpen: false,
        text: 'approved by grace. refund',
      },
    ],
    notices: [
      notice('grace', 'mail'),
      notice('linus', 'mail'),
      { ...reminder('linus', 'mail'), state: 'unknown' },
      reminder('mia', 'slack'),
      { ...notice('nell', 'mail'), state: 'failed' },
    ],
    operatorTold: [{ approvalId: 'b', at: at(0) }],
    running: [],
  };
}

const SPOILS: [LadderViolationKind, (records: LadderRecords) => void][] = [
  ['question.open', ({ questions: [first] }) => (first!.status = 'pending')],
  ['nobody.told', (all) => (all.operatorTold = [])],
  ['operator.twice', ({ operatorTold }) => operatorTold.push({ approvalId: 'b', at: at(0) })],
  ['operator.twice', ({ operatorTold }) => operatorTold.push({ approvalId: 'a', at: at(2) })],
  ['end.untold', ({ mails }) => mails.pop()],
  ['end.wrong', ({ mails }) => (mails.at(-1)!.orders[0]!.state = 'denied by grace')],
  ['card.wrong', ({ cards: [card] }) => (card!.isOpen = true)],
  ['card.wrong', ({ cards: [card] }) => (card!.text = 'a decision is needed. refund')],
  ['reminder.twice', ({ mails }) => mails.push(mails[3]!)],
  ['reminder.twice', ({ cards }) => cards.push({ ...cards[0]!, ts: '1.2' })],
  ['sent.untrue', ({ notices }) => (notices.at(-1)!.state = 'sent')],
  [
    'sent.untrue',
    ({ notices, mails }) => {
      notices[2]!.state = 'sent';
      mails.splice(3, 1);
    },
  ],
  ['sent.untrue', ({ cards }) => (cards[0]!.kind = 'ask')],
  ['notice.left', ({ notices }) => (notices.at(-1)!.state = 'sending')],
  ['notice.running', ({ running }) => running.push('a')],
];

describe('the oracle of the ladder', () => {
  test('finds nothing where all is as it must be', () => {
    expect(judgeLadder(records())).toEqual([]);
  });

  test('an end that could not be told is no silence where the notice says so', () => {
    const all = records();
    all.mails.pop();
    const [, told] = all.notices;
    told!.state = 'failed';
    expect(judgeLadder(all).map(({ kind }) => kind)).toEqual(['end.untold']);
    told!.endedAt = '2026-01-31T00:00:00.000Z';
    expect(judgeLadder(all)).toEqual([]);
  });

  test('an operator who is told before a later rung reaches somebody is told rightly', () => {
    const all = records();
    all.operatorTold.push({ approvalId: 'a', at: at(0) });
    expect(judgeLadder(all)).toEqual([]);
  });

  test('a reminder that went along with the question itself is in that mail', () => {
    const all = records();
    const [, asked, reminded] = all.notices;
    Object.assign(reminded!, { state: 'sent', messageId: asked!.messageId });
    all.mails.splice(3, 1);
    expect(judgeLadder(all)).toEqual([]);
  });

  test.for(SPOILS)('finds %s, and nothing else', ([kind, spoil]) => {
    const spoilt = records();
    spoil(spoilt);
    expect(judgeLadder(spoilt).map((violation) => violation.kind)).toEqual([kind]);
  });

  test('is tried with each of its violations', () => {
    expect(new Set(SPOILS.map(([kind]) => kind))).toEqual(new Set(Object.keys(LADDER_VIOLATIONS)));
  });
});

test('a plan of the ladder follows from its seed, and asks each order once', () => {
  const options = { seed: 3, questions: 200 };
  const turns = makeLadderPlan(options);
  expect(makeLadderPlan(options)).toEqual(turns);
  const orders = turns.flatMap(({ endings }) => endings.map(({ orderId }) => orderId));
  expect([orders.length, new Set(orders).size]).toEqual([200, 200]);
});
