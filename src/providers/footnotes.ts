import { CITATIONS, CITATIONS_BYTES, FILENAME_CHARACTERS, QUOTE_CHARACTERS } from '../contracts/limits.ts';
import type { Citation } from '../contracts/files.ts';
import { inDigits, jsonBytes, shorten } from '../contracts/size.ts';
import { locate, type Annotation, type Span } from './marks.ts';

/** A part of a reply, with what the provider says about places in it. */
export interface AnnotatedText {
  text: string;
  annotations: readonly Annotation[];
}

/** What became of looking a file's name up. */
export type FileName = { name: string } | 'gone' | 'unknown';

export interface Footnoted {
  /** The text, with `[1]` in place of each mark. */
  text: string;
  /** One line for each number; empty without annotations. */
  notes: string[];
  citations: Citation[];
}

/**
 * Turns the marks of a reply (`【4:0†source】`, `sandbox:/mnt/data/x.csv`) into numbered footnotes, in the order of the text; the
 * same file has the same number. Never fails: an annotation that points nowhere, or to a file that is gone, gets a footnote that says
 * so. A mark without an annotation stays as it is.
 */
export function addFootnotes(
  parts: readonly AnnotatedText[],
  nameOf: (fileId: string) => FileName,
): Footnoted {
  const register = createRegister(nameOf);
  const lost: Annotation[] = [];
  const texts = parts.map(({ text, annotations }) => {
    const located = locate(text, annotations);
    lost.push(...located.lost);
    return replace(text, located.spans, (annotation) => register.number(annotation, true));
  });
  for (const annotation of lost) register.number(annotation, false);
  return { text: texts.join('\n\n'), ...register.finish() };
}

/** Puts numbers where marks were. Marks that overlap become one place with all their numbers. */
function replace(text: string, spans: readonly Span[], number: (annotation: Annotation) => string): string {
  const places: { start: number; end: number; annotations: Annotation[] }[] = [];
  for (const { start, end, annotation } of spans.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = places.at(-1);
    if (last !== undefined && (start < last.end || (start === last.start && end === last.end))) {
      last.end = Math.max(last.end, end);
      last.annotations.push(annotation);
    } else {
      places.push({ start, end, annotations: [annotation] });
    }
  }
  let result = '';
  let done = 0;
  for (const { start, end, annotations } of places) {
    // The address of a Markdown link: "[rows](sandbox:…)" becomes "[rows][1]", not "[rows]([1])".
    const isAddress = end > start && text.slice(done, start).endsWith('](') && text[end] === ')';
    result += text.slice(done, isAddress ? start - 1 : start);
    result += [...new Set(annotations.map(number))].join('');
    done = isAddress ? end + 1 : end;
  }
  return result + text.slice(done);
}

/** Gives numbers to what is cited, within the bytes there are. */
function createRegister(nameOf: (fileId: string) => FileName) {
  const known = new Map<string, { citation: Citation; note: string; isPlaced: boolean; quote?: string }>();
  const leftOut = new Set<string>();
  let bytes = 0;

  return {
    /** `[1]`, or `[*]` for what is beyond the limits. */
    number(annotation: Annotation, isPlaced: boolean): string {
      const { kind, fileId, quote } = annotation;
      const key = JSON.stringify([kind, fileId, quote ?? '']);
      const entry = known.get(key);
      if (entry) {
        entry.isPlaced ||= isPlaced;
        return `[${entry.citation.number}]`;
      }
      const name = fileId === null ? 'unnamed' : nameOf(fileId);
      const filename = typeof name === 'object' ? shown(name.name) : null;
      const citation: Citation = { number: known.size + 1, kind, fileId, filename };
      const note = noteOf(kind, filename, name);
      const size = jsonBytes(citation) + jsonBytes(note) + ROOM_BYTES;
      if (known.size >= CITATIONS || bytes + size > CITATIONS_BYTES) {
        leftOut.add(key);
        return '[*]';
      }
      bytes += size;
      known.set(key, { citation, note, isPlaced, ...(quote !== undefined && { quote }) });
      return `[${citation.number}]`;
    },

    finish(): Pick<Footnoted, 'notes' | 'citations'> {
      const entries = [...known.values()];
      const notes = entries.map(
        ({ citation, note, isPlaced }) => `[${citation.number}] ${note}${isPlaced ? '' : NO_PLACE}`,
      );
      if (leftOut.size > 0) notes.push(`[*] ${inDigits(leftOut.size)} more, too many to be named here`);
      const citations = entries.map(({ citation, quote }) => {
        if (quote === undefined || quote === '') return citation;
        const cut = shorten(quote, QUOTE_CHARACTERS);
        bytes += jsonBytes(cut) + ROOM_BYTES;
        return bytes > CITATIONS_BYTES ? citation : { ...citation, quote: cut };
      });
      return { notes, citations };
    },
  };
}

const NO_PLACE = ' (its place in the text is not known)';
/** Number, brackets, the sentence above and the names of fields. */
const ROOM_BYTES = 64;

function noteOf(kind: Citation['kind'], filename: string | null, name: FileName | 'unnamed'): string {
  if (filename !== null) return kind === 'file_path' ? `${filename} (made by the assistant)` : filename;
  switch (name) {
    case 'gone':
      return 'a file that is not there any more';
    case 'unnamed':
      return 'a file that the provider does not name';
    default:
      return 'a file whose name could not be read';
  }
}

/** Without the folder of the provider's sandbox, and without characters that break a line or turn it around. */
function shown(name: string): string {
  const base = name.slice(name.search(/[^/\\]*$/)).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, ' ');
  return shorten(base.trim() === '' ? 'a file without a name' : base, FILENAME_CHARACTERS);
}
