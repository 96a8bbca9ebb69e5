import type { Card } from '../../notices/card.ts';
import { argumentsBlock, section } from '../../notices/slack/blocks.ts';
import { LIMITS, plain } from '../../notices/slack/text.ts';
import type { Clicked, SlackDecision } from './payloads.ts';

const WORDS: Readonly<Record<SlackDecision, { title: string; submit: string; label: string }>> = {
  approve: { title: 'Approve', submit: 'Approve', label: 'Note (the model reads it)' },
  deny: { title: 'Deny', submit: 'Deny', label: 'Reason (the model reads it)' },
  respond: { title: 'Answer', submit: 'Answer', label: 'Your answer, which the model gets as the result' },
};

/** The form between a click and a decision: what it is about, and room for words. */
export function decisionView(clicked: Clicked, card: Card): object {
  const { title, submit, label } = WORDS[clicked.kind];
  return {
    ...{ type: 'modal', callback_id: 'countersign:decide', private_metadata: JSON.stringify(clicked) },
    ...{ title: plain(title), submit: plain(submit), close: plain('Back') },
    blocks: [
      section(card.title),
      ...argumentsBlock(card, LIMITS.rich).blocks,
      {
        ...{ type: 'input', block_id: 'text', optional: clicked.kind !== 'respond', label: plain(label) },
        element: { type: 'plain_text_input', action_id: 'text', multiline: true, max_length: LIMITS.text },
      },
    ],
  };
}

/** Says something to whoever clicked, and to nobody else. */
export function tellingView(text: string): object {
  return {
    ...{ type: 'modal', title: plain('Countersign'), close: plain('Close') },
    blocks: [section(text)],
  };
}
