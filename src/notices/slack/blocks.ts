import { ASKING } from '../asking.ts';
import { stateWords, type Card } from '../card.ts';
import type { Message } from '../channel.ts';
import { CUT_WORDS, factsOf } from '../facts.ts';
import type { SlackBlock, SlackMessage } from './api.ts';
import { escaped, LIMITS, plain } from './text.ts';

/** Buttons of a card. The name of the action says what a click asks for. */
export const ACTIONS = {
  approve: 'countersign:approve',
  deny: 'countersign:deny',
  respond: 'countersign:respond',
  open: 'countersign:open',
} as const;

/** What a button carries: which question, and of which arguments. */
export interface ButtonValue {
  tenant: string;
  approvalId: string;
  digest: string;
}

/** With more questions than this, each is one line and a link. */
const WHOLE_CARDS = 6;

/** A message as Slack takes it. */
export function toSlackMessage(message: Message): SlackMessage {
  const { cards, kind } = message;
  const isOver = cards.every(({ state }) => state.status !== 'pending');
  const votes = cards.flatMap(({ standing }) => (standing === undefined ? [] : [sentence(standing)]));
  const words = isOver
    ? cards.map(({ state }) => sentence(stateWords(state))).join(' ')
    : [ASKING[kind], ...votes].join(' ');
  const titles = cards.map(({ title }) => title).join(', ');
  const isWhole = cards.length <= WHOLE_CARDS;
  const budget = Math.floor(LIMITS.rich / cards.length);
  const blocks = cards.flatMap((card, index) =>
    isWhole ? cardBlocks(card, { message, index, budget }) : lineBlocks(card, index),
  );
  return {
    text: escaped(cut(`${words} ${titles}`, 300)),
    blocks: [section(words), ...blocks].slice(0, LIMITS.blocks),
  };
}

/** A question, shown whole. Where it does not fit, it can only be opened. */
function cardBlocks(
  card: Card,
  { message, index, budget }: { message: Message; index: number; budget: number },
): SlackBlock[] {
  const { title, summary, state } = card;
  const isOpen = state.status === 'pending';
  const shown = argumentsBlock(card, budget);
  const isCut = card.isCut || shown.isCut;
  return [
    { type: 'divider' },
    section(title),
    ...(summary === undefined ? [] : [section(summary)]),
    ...shown.blocks,
    ...factBlocks(card, message),
    ...(isCut ? [section(CUT_WORDS)] : []),
    {
      ...{ type: 'actions', block_id: `card-${index}` },
      elements: [...(isOpen && !isCut ? decisionButtons(card) : []), openButton(card)],
    },
  ];
}

function lineBlocks(card: Card, index: number): SlackBlock[] {
  return [
    {
      ...section(`${card.title}: ${stateWords(card.state)}`),
      ...{ block_id: `card-${index}`, accessory: openButton(card) },
    },
  ];
}

/**
 * The arguments, each in a box of its own below its name. A rich text has no markup: what looks like a mention or a link is none.
 *
 * @param budget - so many characters at most.
 */
export function argumentsBlock(
  { fields }: Pick<Card, 'fields'>,
  budget: number,
): { blocks: SlackBlock[]; isCut: boolean } {
  let left = budget;
  let isCut = false;
  const elements = fields.flatMap(({ label, value }) => {
    if (left <= 0) {
      isCut = true;
      return [];
    }
    const most = Math.min(left, LIMITS.text);
    isCut ||= value.length > most;
    left -= label.length + value.length;
    return [
      { type: 'rich_text_section', elements: [bold(label)] },
      { type: 'rich_text_preformatted', elements: [{ type: 'text', text: cut(value, most) }] },
    ];
  });
  return { blocks: elements.length === 0 ? [] : [{ type: 'rich_text', elements }], isCut };
}

/** What there is to say beside the arguments. What has several lines stands in a quotation, so that no line passes for one of ours. */
function factBlocks(card: Card, message: Message): SlackBlock[] {
  const elements = factsOf(card, message).flatMap(([label, value]) => {
    const text = { type: 'text', text: cut(value, LIMITS.text) || '…' };
    return value.includes('\n')
      ? [
          { type: 'rich_text_section', elements: [bold(`${label}:`)] },
          { type: 'rich_text_quote', elements: [text] },
        ]
      : [{ type: 'rich_text_section', elements: [bold(`${label}: `), text] }];
  });
  return elements.length === 0 ? [] : [{ type: 'rich_text', elements }];
}

function decisionButtons({ tenant, approvalId, digest }: Card) {
  const value = JSON.stringify({ tenant, approvalId, digest } satisfies ButtonValue);
  const button = (action: keyof typeof ACTIONS, text: string, style?: 'primary' | 'danger') => ({
    ...{ type: 'button', action_id: ACTIONS[action], text: plain(text), value },
    ...(style && { style }),
  });
  return [
    button('approve', 'Approve…', 'primary'),
    button('deny', 'Deny…', 'danger'),
    button('respond', 'Answer…'),
  ];
}

function openButton({ url, state }: Card) {
  const text = plain(state.status === 'pending' ? 'Open or edit' : 'Open');
  return { type: 'button', action_id: ACTIONS.open, text, url };
}

export function section(text: string): SlackBlock {
  return { type: 'section', text: plain(text) };
}

function bold(text: string) {
  return { type: 'text', text: text === '' ? '…' : text, style: { bold: true } };
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
