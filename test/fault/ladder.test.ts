import { describe, expect, test } from 'vitest';

import {
  judgeLadder,
  LADDER_VIOLATIONS,
  type LadderRecords,
  type LadderViolationKind,
} from '../../fault/ladder/oracle.ts';
import { makeLadderPlan } from '../../fault/ladder/plan.ts';

/** One question that was asked by mail and in Slack, reminded of, and approved; and one that nobody could be told of. */
function records(): LadderRecords {
  const order = (state = '') => [{ orderId: 'A-0', state }];
  const notice = {
    approvalId: 'a',
    rung: 0,
    kind: 'ask',
    state: 'sent',
    messageId: 'm',
    endedAt: null,
  } as const;
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
        isReminder: true,
        orderId: 'A-0',
        isOpen: false,
        text: 'approved by grace. refund',
      },
    ],
    notices: [
      { ...notice, personId: 'grace', channel: 'mail' },
      { ...notice, personId: 'linus', channel: 'mail' },
      { ...notice, personId: 'linus', channel: 'mail', rung: 1, kind: 'remind', state: 'unknown' },
      { ...notice, personId: 'mia', channel: 'slack', rung: 1, kind: 'remind' },
      { ...notice, personId: 'nell', channel: 'mail', state: 'failed' },
    ],
    operatorTold: ['b'],
    running: [],
  };
}

const SPOILS: [LadderViolationKind, (records: LadderRecords) => void][] = [
  ['question.open', ({ questions: [first] }) => (first!.status = 'pending')],
  ['nobody.told', (all) => (all.operatorTold = [])],
  ['operator.twice', ({ operatorTold }) => operatorTold.push('b')],
  ['end.untold', ({ mails }) => mails.pop()],
  ['end.wrong', ({ mails }) => (mails.at(-1)!.orders[0]!.state = 'denied by grace')],
  ['card.wrong', ({ cards: [card] }) => (card!.isOpen = true)],
  ['card.wrong', ({ cards: [card] }) => (card!.text = 'a decision is needed. refund')],
  ['reminder.twice', ({ mails }) => mails.push(mails[3]!)],
  ['reminder.twice', ({ cards }) => cards.push({ ...cards[0]!, ts: '1.2' })],
  ['sent.untrue', ({ notices }) => (notices.at(-1)!.state = 'sent')],
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
