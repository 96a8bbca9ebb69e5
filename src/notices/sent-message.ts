import { createHash } from 'node:crypto';

import type { Notice, NoticeState } from '../store/notices/rows.ts';
import type { Store } from '../store/store.ts';
import { toCard, type Card } from './card.ts';
import type { Message, MessageKind } from './channel.ts';
import { isRead } from './deliveries.ts';
import { placeOf } from './places.ts';
import type { ReadApproval } from './read-approvals.ts';

/** A message that was sent, as its questions stand now. */
export interface SentMessage {
  message: Message;
  /** A digest of what it would show. */
  shows: string;
  /** The same of what it shows; null when nobody knows. */
  shown: string | null;
}

/** A notice that was put back keeps the message that it was to go with. */
const NOT_IN_IT = new Set<NoticeState>(['planned', 'held', 'dropped']);

/** @returns null when its questions or its person are not there any more. */
export async function readSentMessage(
  {
    store,
    publicUrl,
    read,
  }: { store: Pick<Store, 'notices' | 'people'>; publicUrl: string; read: ReadApproval },
  tenant: string,
  { messageId, personId, ways, ...first }: Notice,
): Promise<SentMessage | null> {
  if (messageId === null) return null;
  const all = await store.notices.ofMessage(tenant, messageId);
  const notices = all.filter(({ state }) => !NOT_IN_IT.has(state));
  const cards: Card[] = [];
  for (const id of new Set(notices.map(({ approvalId }) => approvalId))) {
    const approval = await read(tenant, id);
    if (isRead(approval)) cards.push(toCard(approval, publicUrl));
  }
  const person = placeOf({ personId, ways }) ?? (await store.people.get(tenant, personId));
  const [way] = ways;
  if (person === null || way === undefined || cards.length === 0) return null;
  const conversations = new Set(
    notices.map(({ conversationId, approvalId }) => conversationId ?? approvalId),
  );
  const kind = kindOf(notices.length === 0 ? [first] : notices, conversations.size > 1);
  return {
    message: { id: messageId, tenant, kind, cards, to: { person, address: way.address }, after: [] },
    shows: digestOf(cards),
    shown: all.find(({ key }) => key === messageId)?.shown ?? null,
  };
}

/** Why a message with these notices is sent. */
export function kindOf(notices: readonly Pick<Notice, 'kind'>[], isDigest: boolean): MessageKind {
  if (isDigest) return 'digest';
  if (notices.every(({ kind }) => kind === 'remind')) return 'remind';
  if (notices.every(({ kind }) => kind === 'again')) return 'again';
  return notices.some(({ kind }) => kind === 'escalate') ? 'escalate' : 'ask';
}

/** Of what a message with these cards shows. */
export function digestOf(cards: readonly Card[]): string {
  return createHash('sha256').update(JSON.stringify(cards)).digest('hex');
}
