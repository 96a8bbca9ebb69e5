import type { Block } from '../../test/support/slack/blocks.ts';

type RichText = Extract<Block, { type: 'rich_text' }>;
type Actions = Extract<Block, { type: 'actions' }>;

const STYLE = `
  body { margin: 0; padding: 20px; font: 15px/1.47 system-ui, sans-serif; color: #1d1c1d; background: #fff; }
  .message { display: grid; grid-template-columns: 36px 1fr; gap: 10px; }
  .face { width: 36px; height: 36px; border-radius: 8px; background: #0f6b5c; color: #fff; display: grid; place-items: center; }
  .app { font-size: 10px; color: #616061; background: #ececec; border-radius: 3px; padding: 1px 4px; }
  hr { border: 0; border-top: 1px solid #ddd; margin: 12px 0; }
  p, pre { margin: 0 0 8px; white-space: pre-wrap; overflow-wrap: anywhere; }
  pre { font: 12px/1.5 ui-monospace, monospace; background: #f8f8f8; border: 1px solid #ddd; border-radius: 4px; padding: 8px; }
  blockquote { margin: 0 0 8px; padding-left: 12px; border-left: 4px solid #ddd; white-space: pre-wrap; }
  .buttons { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 12px; }
  .button { border: 1px solid #bbb; border-radius: 8px; padding: 5px 12px; font-weight: 600; }
  .primary { background: #007a5a; border-color: #007a5a; color: #fff; }
  .danger { color: #c01343; border-color: #c01343; }`;

/** Draws what was sent to Slack in plain HTML, block by block. Slack itself may draw it otherwise. */
export function slackPage(blocks: readonly Block[]): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Slack</title><style>${STYLE}</style></head>
<body><div class="message"><div class="face">✓</div><div><strong>Countersign</strong> <span class="app">APP</span>
${blocks.map(drawn).join('\n')}</div></div></body></html>`;
}

function drawn(block: Block): string {
  switch (block.type) {
    case 'divider':
      return '<hr>';
    // Slack's own escapes (&amp; &lt; &gt;) are those of HTML.
    case 'section':
      return `<p>${block.text.text}</p>`;
    case 'rich_text':
      return block.elements.map(richPart).join('\n');
    case 'actions':
      return `<div class="buttons">${block.elements.map(button).join('')}</div>`;
    case 'input':
      throw new Error('A message has no input.');
    default:
      return block satisfies never;
  }
}

const TAGS = {
  rich_text_section: 'p',
  rich_text_preformatted: 'pre',
  rich_text_quote: 'blockquote',
} as const;

function richPart({ type, elements }: RichText['elements'][number]): string {
  const texts = elements.map(({ text, style }) =>
    style?.bold ? `<strong>${escaped(text)}</strong>` : escaped(text),
  );
  return `<${TAGS[type]}>${texts.join('')}</${TAGS[type]}>`;
}

function button({ text, style }: Actions['elements'][number]): string {
  return `<span class="button ${style ?? ''}">${text.text}</span>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
