import type { ApprovalStatus } from '../../src/contracts/approval/status.ts';
import type { MessageKind } from '../../src/notices/channel.ts';
import type { Notice } from '../../src/store/notices/rows.ts';

/** What must never be, and what each name means. */
export const LADDER_VIOLATIONS = {
  'question.open': 'a question that is not over, long after its deadline or its decision',
  'nobody.told': 'a question that expired, and neither a person nor the operator was told of it',
  'operator.twice': 'an operator who was told twice, or told though a message has arrived',
  'end.untold': 'a person who was asked by mail and told no end, and the card does not say so',
  'end.wrong': 'a mail that tells of another end than the question had',
  'card.wrong': 'a card in Slack that does not show how the question ended',
  'reminder.twice': 'a reminder of one rung that a person has twice',
  'sent.untrue': 'a notice that counts as sent, and the channel has no message of its kind',
  'notice.left': 'a notice that is neither sent nor given up, though the question is over',
  'notice.running': 'the workflow of a notice that does not end, or fails',
} as const;
export type LadderViolationKind = keyof typeof LADDER_VIOLATIONS;

export interface LadderViolation {
  kind: LadderViolationKind;
  /** The order, and the person where it is about one. */
  subject: string;
  detail: string;
}

/** A mail as it arrived, whether or not anybody heard so. */
export interface SentMail {
  personId: string;
  messageId: string;
  kind: MessageKind | 'end';
  /** Whom it asks about, or tells the end of, and how it names that. */
  orders: { orderId: string; state: string }[];
}

/** A card as it stands in Slack at the end: a message may have several. */
export interface StandingCard {
  personId: string;
  ts: string;
  /** As it was posted. */
  kind: MessageKind | 'end';
  orderId: string;
  /** It can be decided there. */
  isOpen: boolean;
  text: string;
}

/** All that is left when the run is over. */
export interface LadderRecords {
  questions: {
    orderId: string;
    approvalId: string;
    status: ApprovalStatus;
    /** Whoever decided. */
    by: string | null;
    /** How cards and mails name its end. */
    words: string;
  }[];
  mails: SentMail[];
  cards: StandingCard[];
  notices: (Pick<
    Notice,
    'approvalId' | 'personId' | 'rung' | 'kind' | 'state' | 'messageId' | 'sentAt' | 'endedAt'
  > & { channel: string })[];
  /** As often as the operator was told, and when: ISO 8601. */
  operatorTold: { approvalId: string; at: string }[];
  /** Workflows of notices that run or have failed, by approval id. */
  running: string[];
}

/** Nobody could tell the person how it ended: the card says so, and it is counted. */
export function isEndFailed({ state, endedAt }: Pick<Notice, 'state' | 'endedAt'>): boolean {
  return state === 'failed' && endedAt !== null;
}

/** Compares what the channels hold with what became of the questions; an empty list is what a run hopes for. */
export function judgeLadder(records: LadderRecords): LadderViolation[] {
  const violations: LadderViolation[] = [];
  const complain = (kind: LadderViolationKind, subject: string, detail: string): void => {
    violations.push({ kind, subject, detail });
  };
  const mailsOf = Map.groupBy(
    records.mails.flatMap((mail) => mail.orders.map((order) => ({ ...mail, ...order }))),
    ({ orderId }) => orderId,
  );
  const cardsOf = Map.groupBy(records.cards, ({ orderId }) => orderId);
  const noticesOf = Map.groupBy(records.notices, ({ approvalId }) => approvalId);
  const operatorTold = Map.groupBy(records.operatorTold, ({ approvalId }) => approvalId);
  const noticesIn = Map.groupBy(records.notices, ({ messageId }) => messageId);
  const running = new Set(records.running);

  for (const { orderId, approvalId, status, by, words } of records.questions) {
    const mails = mailsOf.get(orderId) ?? [];
    const cards = cardsOf.get(orderId) ?? [];
    const notices = noticesOf.get(approvalId) ?? [];
    const operator = operatorTold.get(approvalId) ?? [];
    const hasArrived = mails.length + cards.length > 0;
    if (status === 'pending') complain('question.open', orderId, approvalId);
    if (status === 'expired' && !hasArrived && operator.length === 0)
      complain('nobody.told', orderId, notices.map(({ state }) => state).join(', '));
    if (operator.length > 1) complain('operator.twice', orderId, `${operator.length} times`);
    for (const { at } of operator) {
      // What a later rung has sent arrived after it.
      const sent = notices.find(({ state, sentAt }) => state === 'sent' && sentAt !== null && sentAt < at);
      if (sent !== undefined)
        complain('operator.twice', orderId, `${sent.personId} was told at ${sent.sentAt ?? ''}`);
    }

    for (const [personId, own] of Map.groupBy(mails, (mail) => mail.personId)) {
      const ends = own.filter(({ kind }) => kind === 'end');
      const hasFailed = notices.some((notice) => notice.personId === personId && isEndFailed(notice));
      if (ends.length === 0 && personId !== by && !hasFailed)
        complain(
          'end.untold',
          `${orderId} ${personId}`,
          own.map(({ kind, messageId }) => `${kind} ${messageId}`).join(', '),
        );
      for (const { state, messageId } of ends)
        if (state !== words)
          complain('end.wrong', `${orderId} ${personId}`, `"${state}", not "${words}": ${messageId}`);
    }
    for (const { personId, ts, isOpen, text } of cards)
      if (isOpen || !text.includes(words)) complain('card.wrong', `${orderId} ${personId}`, `${ts}: ${text}`);

    const reminders = [
      ...mails.filter(({ kind }) => kind === 'remind').map(({ personId }) => `${personId} by mail`),
      ...cards.filter(({ kind }) => kind === 'remind').map(({ personId }) => `${personId} by slack`),
    ];
    for (const [whom, all] of Map.groupBy(reminders, (one) => one))
      if (all.length > 1) complain('reminder.twice', `${orderId} ${whom}`, `${all.length} times`);

    for (const { personId, channel, rung, kind, state, messageId } of notices) {
      const what = `rung ${rung}, ${kind} by ${channel}: ${state}`;
      if (['planned', 'held', 'sending'].includes(state))
        complain('notice.left', `${orderId} ${personId}`, what);
      // One that went along with others is in a message of their kind.
      const kinds: string[] = noticesIn.get(messageId)?.map((one) => one.kind) ?? [kind];
      const found = channel === 'mail' ? mails : cards;
      if (state === 'sent' && !found.some((one) => one.personId === personId && kinds.includes(one.kind)))
        complain('sent.untrue', `${orderId} ${personId}`, what);
    }
    if (running.has(approvalId)) complain('notice.running', orderId, approvalId);
  }
  return violations;
}
