import { toPieces, type Piece } from './pieces.ts';

/** Where there is no markup a piece becomes text: a mark, an escape as JSON has it, or itself. */
type Shown = (piece: Exclude<Piece, { kind: 'text' | 'break' }>) => string;

const asMark: Shown = ({ label }) => mark(label);
const asEscape: Shown = (piece) => (piece.kind === 'note' ? mark(piece.label) : escapes(piece.text));
const asEscapeOnly: Shown = (piece) => (piece.kind === 'note' ? '' : escapes(piece.text));

/** How a mark looks wherever it stands. */
export function mark(label: string): string {
  return `⟦${label}⟧`;
}

/** A text in one line: whatever could deceive becomes a mark that says what it is. */
export function visible(text: string): string {
  return toPieces(text, { edges: { start: true, end: true } })
    .map((piece) => {
      if (piece.kind === 'text') return piece.text;
      return piece.kind === 'break' ? mark('LINE BREAK') : asMark(piece);
    })
    .join('');
}

/** The same of a text that keeps its lines, such as a reply. */
export function visibleLines(text: string): string {
  return withoutMarkup(text, asMark);
}

/** The same of a value, as JSON in one line; with a mark in it, it is JSON to read only. */
export function visibleJson(value: unknown): string {
  return json(value, asMark, '');
}

/** A value as JSON to edit by hand: what is hidden is an escape, so that none is kept or lost unseen. It means the same. */
export function editableJson(value: unknown): string {
  return json(value, asEscapeOnly, '\n');
}

/** A text for messages that go on to mail and chat: escapes, and marks behind what looks like something else. */
export function escapedText(text: string): string {
  return withoutMarkup(text, asEscape);
}

/** The same of a value, as JSON over several lines. */
export function escapedJson(value: unknown): string {
  return json(value, asEscape, '\n');
}

/** What is hidden in a text, by name; line breaks are no surprise. */
export function hiddenIn(text: string): string[] {
  return labels(text, 'hidden');
}

/** What in a text looks like something else, and what it is. */
export function lookAlikesIn(text: string): string[] {
  return labels(text, 'note');
}

function labels(text: string, kind: 'hidden' | 'note'): string[] {
  return [...new Set(toPieces(text).flatMap((piece) => (piece.kind === kind ? [piece.label] : [])))];
}

function withoutMarkup(text: string, shown: Shown): string {
  return toPieces(text)
    .map((piece) => (piece.kind === 'text' || piece.kind === 'break' ? piece.text : shown(piece)))
    .join('');
}

/** JSON.stringify, but for what stands in its strings. */
function json(value: unknown, shown: Shown, newLine: '' | `\n${string}`): string {
  if (typeof value === 'string') return quoted(value, shown);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const isList = Array.isArray(value);
  const inner = newLine === '' ? ('' as const) : (`${newLine}  ` as const);
  const colon = newLine === '' ? ':' : ': ';
  const members = Object.entries(value as Record<string, unknown>)
    .filter(([, member]) => isList || member !== undefined)
    .map(([name, member]) => {
      const text = json(member, shown, inner);
      return isList ? text : `${quoted(name, shown)}${colon}${text}`;
    });
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  if (members.length === 0) return `${open}${close}`;
  return `${open}${inner}${members.join(`,${inner}`)}${newLine}${close}`;
}

function quoted(text: string, shown: Shown): string {
  const parts = toPieces(text).map((piece) =>
    piece.kind === 'text' || piece.kind === 'break' ? JSON.stringify(piece.text).slice(1, -1) : shown(piece),
  );
  return `"${parts.join('')}"`;
}

function escapes(text: string): string {
  return Array.from({ length: text.length }, (_, index) => {
    const unit = text.charCodeAt(index).toString(16).padStart(4, '0');
    return `\\u${unit}`;
  }).join('');
}
