import { characterName, codePointName } from './character-name.ts';
import { lookAlikeNotes, namesAndWords } from './look-alikes.ts';

/**
 * Text as it really is, for whoever approves it: in the inbox, on a terminal, in a card at the Handover. What a person signs must not
 * look like something else.
 *
 * - `text` is shown as it is, `break` is a line break.
 * - `hidden` is what a reader would not see, or what changes how something else is seen. Its label is shown in its place.
 * - `note` stands behind a word or a domain name that looks like another one. It says what the word is.
 */
export type Piece =
  | { kind: 'text'; text: string }
  | { kind: 'break'; text: string }
  | { kind: 'hidden'; text: string; label: string }
  | { kind: 'note'; label: string };

/**
 * Cc controls, Cf formats (bidirectional marks, zero width, tags, soft hyphen), Zs Zl Zp spaces and separators but the plain
 * space, Co private use, Cs lone surrogates, Cn unassigned, and whatever Unicode says is shown as nothing (fillers, variation
 * selectors). The ones at the end are in none of those sets and look empty too.
 */
const INVISIBLE =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Cn}\p{Default_Ignorable_Code_Point}\u2800\uFFFC\u{13441}-\u{13443}\u{1D159}]|\u{16FE4}|(?! )\p{Zs}/u;
const UNSEEN = new RegExp(`(${INVISIBLE.source})`, 'u');

/**
 * Languages put up to four marks on a letter; more of them pile up over the neighbours. At the start they would sit on a quote or
 * a mark of ours.
 */
const STRAY_MARKS = /(^\p{M}+|(?<=\p{M}{4})\p{M}+)/u;

/** Which ends of a text are the ends of a value. */
export interface Edges {
  start: boolean;
  end: boolean;
}

/** @param options.edges - also spaces at these ends are hidden: nobody sees them, and an id with one is another id. */
export function toPieces(text: string, { edges }: { edges?: Edges } = {}): Piece[] {
  const start = edges?.start ? (/^ */.exec(text)?.[0].length ?? 0) : 0;
  // Not by a pattern: it would try each space within the text, and for each all that follow.
  let end = text.length;
  while (edges?.end && end > start && text[end - 1] === ' ') end -= 1;
  return [...spaces(text.slice(0, start)), ...split(text.slice(start, end)), ...spaces(text.slice(end))];
}

function spaces(text: string): Piece[] {
  if (text === '') return [];
  return [{ kind: 'hidden', text, label: text.length === 1 ? 'SPACE' : `${text.length} SPACES` }];
}

function split(text: string): Piece[] {
  return text.split(UNSEEN).flatMap((part, index): Piece[] => {
    if (index % 2 === 0) return part.split(STRAY_MARKS).flatMap(seenOrStray);
    if (part === '\n') return [{ kind: 'break', text: part }];
    return [{ kind: 'hidden', text: part, label: characterName(part) }];
  });
}

function seenOrStray(part: string, index: number): Piece[] {
  if (part === '') return [];
  if (index % 2 === 1) return [{ kind: 'hidden', text: part, label: marksLabel(part) }];
  const pieces: Piece[] = [];
  let start = 0;
  for (const { word, index: at } of namesAndWords(part)) {
    const notes = lookAlikeNotes(word);
    if (notes.length === 0) continue;
    const end = at + word.length;
    pieces.push({ kind: 'text', text: part.slice(start, end) });
    for (const label of notes) pieces.push({ kind: 'note', label });
    start = end;
  }
  if (start < part.length) pieces.push({ kind: 'text', text: part.slice(start) });
  return pieces;
}

function marksLabel(marks: string): string {
  const names = Array.from(marks, codePointName);
  return names.length === 1
    ? `${names.join('')} COMBINING MARK`
    : `${names.length} COMBINING MARKS ${names.join(' ')}`;
}
