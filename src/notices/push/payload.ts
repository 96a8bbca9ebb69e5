import { createHash } from 'node:crypto';

import { ASKING } from '../asking.ts';
import { stateWords, type Card } from '../card.ts';
import type { Message } from '../channel.ts';
import { factsOf } from '../facts.ts';

/** What a device is told: its service worker (gateway/push/worker-script.ts) shows nothing else. */
export interface Payload {
  title: string;
  body: string;
  /** One notification for what has the same: the newer replaces the older. */
  tag: string;
  /** Of the page that a click opens. */
  path: string;
  /** It makes no sound: nobody need do anything. */
  isSilent: boolean;
}

/** Push services take 4096 bytes, encryption and padding included (RFC 8030, RFC 8291). */
const TITLE = 120;
const LINE = 200;
const LINES = ['On behalf of', 'Decide by'];

/** Who asks, and the tool's title: no arguments, which would stand on a locked screen. */
export function toPayload(message: Message): Payload {
  const { cards, kind } = message;
  const [card] = cards;
  const facts = cards.length === 1 && card !== undefined ? factsOf(card, message) : [];
  const lines = facts
    .filter(([label]) => LINES.includes(label))
    .map(([label, value]) => `${label}: ${value}`);
  return {
    title: cut(titleOf(cards), TITLE),
    body: [ASKING[kind], ...lines].map((line) => cut(line, LINE)).join('\n'),
    ...{ tag: tagOf(message), path: pathOf(cards), isSilent: false },
  };
}

/** How it ended, in the place of what asked. */
export function toEndPayload(message: Message): Payload {
  const over = message.cards.filter(({ state }) => state.status !== 'pending');
  const open = message.cards.length - over.length;
  const [first] = over;
  const ends = over.length === 1 && first !== undefined ? stateWords(first.state) : `${over.length} are over`;
  return {
    title: cut(titleOf(over), TITLE),
    body: cut(
      `${ends.charAt(0).toUpperCase()}${ends.slice(1)}.${open > 0 ? ` ${open} still open.` : ''}`,
      LINE,
    ),
    ...{ tag: tagOf(message), path: pathOf(open > 0 ? message.cards : over), isSilent: true },
  };
}

/** A reminder takes the place of what it reminds of. 32 characters of base64url, as a `Topic` may have. */
export function tagOf({ tenant, id, cards }: Message): string {
  const [card] = cards;
  const about = cards.length === 1 && card !== undefined ? card.approvalId : id;
  return createHash('sha256')
    .update(JSON.stringify([tenant, about]))
    .digest('base64url')
    .slice(0, 32);
}

function titleOf(cards: readonly Card[]): string {
  const [card] = cards;
  return cards.length === 1 && card !== undefined ? card.title : `${cards.length} decisions`;
}

function pathOf(cards: readonly Card[]): string {
  const [card] = cards;
  return cards.length === 1 && card !== undefined ? new URL(card.url).pathname : '/inbox';
}

function cut(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}
