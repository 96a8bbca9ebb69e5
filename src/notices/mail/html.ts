import type { Card } from '../card.ts';
import type { Message } from '../channel.ts';
import { CUT_WORDS, factsOf } from '../facts.ts';
import { FOOT, type Letter } from './text.ts';

/** The same mail as HTML. Every text is escaped where it is put in; styles stand in the tags, because mail programs drop the rest. */
export function toHtml({ message, words }: Letter): string {
  const body = message.cards.map((card) => cardHtml(card, message)).join('\n');
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width"><title>Countersign</title></head>
<body style="margin:0;padding:16px;font:16px/1.5 system-ui,sans-serif;max-width:640px">
<p style="white-space:pre-wrap">${escaped(words)}</p>
${body}
${FOOT.map((line) => `<p style="font-size:13px;opacity:.75;margin:4px 0">${escaped(line)}</p>`).join('\n')}
</body></html>
`;
}

function cardHtml(card: Card, message: Message): string {
  const { title, summary, fields, url, isCut } = card;
  const rows = fields.map(({ label, value }) => row(label, value, true));
  const facts = factsOf(card, message).map(([label, value]) => row(label, value, false));
  return `<div style="border:1px solid #8a8f98;border-radius:8px;padding:16px;margin:16px 0">
<h1 style="font-size:19px;margin:0 0 8px;overflow-wrap:anywhere">${escaped(title)}</h1>
${summary === undefined ? '' : `<p style="margin:0 0 12px;white-space:pre-wrap;overflow-wrap:anywhere">${escaped(summary)}</p>`}
<table role="presentation" style="border-collapse:collapse;width:100%;table-layout:fixed">
${[...rows, ...facts].join('\n')}
</table>
${isCut ? `<p><strong>${escaped(CUT_WORDS)}</strong></p>` : ''}
<p style="margin:16px 0 0"><a href="${escaped(url)}" style="display:inline-block;padding:10px 16px;border-radius:6px;background:#1f4fd8;color:#ffffff;text-decoration:none">Open it</a></p>
</div>`;
}

/** @param isTheirs - a value of the call: shown as it is, in another type than our words. */
function row(label: string, value: string, isTheirs: boolean): string {
  const font = isTheirs ? 'font-family:ui-monospace,monospace;font-size:14px;' : '';
  return `<tr><td style="vertical-align:baseline;padding:4px 12px 4px 0;width:34%;opacity:.75;overflow-wrap:anywhere">${escaped(label)}</td>
<td style="${font}vertical-align:baseline;padding:4px 0;white-space:pre-wrap;overflow-wrap:anywhere">${escaped(value)}</td></tr>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' },
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
