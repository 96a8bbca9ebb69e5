import { visible } from '../../contracts/visible/visible.ts';
import { stateWords, type Card } from '../card.ts';
import type { Message } from '../channel.ts';
import { CUT_WORDS, factsOf } from '../facts.ts';

/** A mail: the message, and what it begins with. */
export interface Letter {
  message: Message;
  words: string;
}

const SUBJECT_CHARACTERS = 120;

/** The same for every mail of a thread: mail programs keep those together. */
export function subjectOf({ cards }: Message): string {
  const [first] = cards;
  const titles = [...new Set(cards.map(({ title }) => title))].join(', ');
  const subject =
    cards.length === 1
      ? `Decision needed: ${first?.title ?? ''}`
      : `${cards.length} decisions needed: ${titles}`;
  const characters = Array.from(visible(subject));
  return characters.length <= SUBJECT_CHARACTERS
    ? characters.join('')
    : `${characters.slice(0, SUBJECT_CHARACTERS).join('')}…`;
}

/** The mail as plain text. Whose words are whose is said by indents: what stands in one is not ours. */
export function toText({ message, words }: Letter): string {
  const lines = [words, ''];
  for (const card of message.cards) lines.push(...cardLines(card, message), '');
  lines.push(...FOOT);
  return `${lines.join('\n')}\n`;
}

export const FOOT = [
  'You decide on the page, signed in. This mail decides nothing, and neither does opening the link.',
  'You get it because Countersign knows you as somebody who is told of such decisions.',
];

export function endWords({ title, state }: Card): string {
  return `${title}: ${stateWords(state)}.`;
}

function cardLines(card: Card, message: Message): string[] {
  const { title, summary, fields, url, isCut } = card;
  return [
    title,
    '-'.repeat(Math.min(60, title.length)),
    ...(summary === undefined ? [] : [...indented(summary), '']),
    ...fields.flatMap(({ label, value }) => [`${label}:`, ...indented(value)]),
    '',
    ...factsOf(card, message).flatMap(([label, value]) =>
      value.includes('\n') ? [`${label}:`, ...indented(value)] : [`${label}: ${value}`],
    ),
    ...(isCut ? ['', CUT_WORDS] : []),
    '',
    `Open it: ${url}`,
  ];
}

function indented(text: string): string[] {
  return text.split('\n').map((line) => `    ${line}`);
}
