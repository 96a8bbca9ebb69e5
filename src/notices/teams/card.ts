import { ASKING } from '../asking.ts';
import { stateWords, type Card } from '../card.ts';
import type { Message } from '../channel.ts';
import { CUT_WORDS, factsOf } from '../facts.ts';

/** What a webhook of Teams takes: a message with one Adaptive Card. */
export interface TeamsMessage {
  type: 'message';
  attachments: [
    { contentType: 'application/vnd.microsoft.card.adaptive'; contentUrl: null; content: AdaptiveCard },
  ];
}

/** As its schema describes it (https://adaptivecards.io/explorer, 1.4). */
interface AdaptiveCard {
  $schema: 'http://adaptivecards.io/schemas/adaptive-card.json';
  type: 'AdaptiveCard';
  version: '1.4';
  /** Of Teams alone. */
  msteams: { width: 'Full' };
  body: Element[];
}

type Element = { type: string } & Record<string, unknown>;

/** Teams documents 28 KB for a message, and senders have met the limit at 21. */
const BYTES = 21_000;
/** Characters of all values together, largest first: the first that fits is taken. */
const BUDGETS = [12_000, 6_000, 3_000, 1_000, 300, 0] as const;
const LINES = 60;
/** Characters of a title where there is room for nothing else. */
const LINE = 80;

/** A question, or several. Whoever reads it can open them and nothing else. */
export function toAskMessage(message: Message): TeamsMessage {
  return fitting(
    (budget) => {
      const each = Math.floor(budget / message.cards.length);
      const cards = message.cards.map((card) => container(card, message, each));
      return [words(ASKING[message.kind]), ...cards];
    },
    [words(ASKING[message.kind]), ...message.cards.map((card) => lineOf(card, CUT_WORDS))],
  );
}

/** How questions ended. What was posted stays as it is, so this is another message. */
export function toEndMessage({ cards }: Message): TeamsMessage {
  const over = cards.filter(({ state }) => state.status !== 'pending');
  const first = words(over.length === 1 ? 'This is decided, or over.' : 'These are decided, or over.');
  const lines = over.map((card) => lineOf(card, sentence(stateWords(card.state))));
  return fitting(
    (budget) => [
      first,
      ...over.map((card) => ({
        ...{ type: 'Container', separator: true },
        items: [
          rich(card.title, { weight: 'Bolder' }),
          rich(sentence(stateWords(card.state))),
          ...(card.state.note === undefined ? [] : quoted('Note', card.state.note, budget).elements),
          open(card),
        ],
      })),
    ],
    [first, ...lines],
  );
}

/** @param least - what is left where even the smallest budget is too large: many questions, or long names. */
function fitting(bodyOf: (budget: number) => Element[], least: Element[]): TeamsMessage {
  for (const budget of BUDGETS) {
    const message = toMessage(bodyOf(budget));
    if (Buffer.byteLength(JSON.stringify(message)) <= BYTES) return message;
  }
  return toMessage(least);
}

function lineOf(card: Card, said: string): Element {
  const title = Array.from(card.title);
  const short = title.length <= LINE ? card.title : `${title.slice(0, LINE).join('')}… [cut]`;
  const items = [rich(short, { weight: 'Bolder' }), rich(said), open(card)];
  return { type: 'Container', separator: true, items };
}

function toMessage(body: Element[]): TeamsMessage {
  const content: AdaptiveCard = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    ...{ type: 'AdaptiveCard', version: '1.4', msteams: { width: 'Full' }, body },
  };
  const contentType = 'application/vnd.microsoft.card.adaptive';
  return { type: 'message', attachments: [{ contentType, contentUrl: null, content }] };
}

function container(card: Card, message: Message, budget: number): Element {
  let left = budget;
  let isCut = card.isCut;
  const show = (label: string, value: string): Element[] => {
    const shown = quoted(label, value, left);
    left = Math.max(0, left - shown.taken);
    isCut ||= shown.isCut;
    return shown.elements;
  };
  const fields = card.fields.flatMap(({ label, value }) => show(label, value));
  const summary = card.summary === undefined ? [] : show('', card.summary);
  const facts = factsOf(card, message).flatMap(([label, value]) => show(label, value));
  return {
    ...{ type: 'Container', separator: true },
    items: [
      rich(card.title, { weight: 'Bolder', size: 'Medium' }),
      ...summary,
      ...fields,
      ...facts,
      ...(isCut ? [words(CUT_WORDS)] : []),
      open(card),
    ],
  };
}

/** A label, and below it what is theirs in a box of its own: no line of it passes for one of ours. */
function quoted(label: string, value: string, most: number) {
  const all = Array.from(value);
  const lines = all.slice(0, most).join('').split('\n');
  const isCut = all.length > most || lines.length > LINES;
  const shown = [...lines.slice(0, LINES), ...(isCut ? ['… [cut]'] : [])];
  const elements: Element[] = [
    ...(label === '' ? [] : [rich(label, { isSubtle: true })]),
    {
      ...{ type: 'Container', style: 'emphasis', spacing: 'Small' },
      items: shown.map((line) => ({ ...rich(line, { fontType: 'Monospace' }), spacing: 'None' })),
    },
  ];
  return { elements, taken: Math.min(all.length, most) + label.length, isCut };
}

function open({ url }: Card): Element {
  return { type: 'ActionSet', actions: [{ type: 'Action.OpenUrl', title: 'Open', url }] };
}

/** Words of ours. */
function words(text: string): Element {
  return rich(text);
}

/** A TextBlock reads Markdown, a run of text does not: links, lists and emphasis stay what was written. */
function rich(text: string, style: Record<string, unknown> = {}): Element {
  const run = { type: 'TextRun', text: text === '' ? ' ' : withoutDates(text), ...style };
  return { type: 'RichTextBlock', inlines: [run] };
}

/** `{{DATE(…)}}` and `{{TIME(…)}}` become a time of the reader wherever they stand. A space keeps them as they are. */
function withoutDates(text: string): string {
  return text.replaceAll(/\{\{(?=\s*(?:DATE|TIME))/gi, '{ {');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
