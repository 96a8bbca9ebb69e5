import MarkdownIt, { type Token } from 'markdown-it';

/** A sentence of a page, as it is read: code and addresses count as one word. */
export interface Sentence {
  /** Where it begins, from 1. */
  line: number;
  text: string;
  words: number;
}

/** A line that is wider than a reader's window, outside tables and code. */
export interface WideLine {
  line: number;
  characters: number;
}

const markdown = new MarkdownIt({ html: true });
const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** After these a full stop ends no sentence. */
const ABBREVIATION = /(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|no|approx|St|Mr|Mrs|Dr)\.\s*$/i;
/** A sentence may begin with a name in lower case or in code, of which the segmenter knows nothing. */
const BEFORE_A_NAME = /(?<=[.?!]['")]*\s+)(?=[`\p{Ll}])/u;
const FRONT_MATTER = /^---\n[\s\S]*?\n---\n/;

/** The sentences of a page's paragraphs and lists, in order. Headings, tables, code and HTML are no prose. */
export function sentencesOf(page: string): Sentence[] {
  return inlineTokens(page).flatMap(({ token, line }) => splitSentences(textOf(token), line));
}

/** Lines of more than `limit` characters outside tables, code and HTML. */
export function wideLines(page: string, limit: number): WideLine[] {
  const { body, skipped } = withoutFrontMatter(page);
  const lines = body.split('\n');
  const exempt = new Set<number>();
  for (const { type, map } of markdown.parse(body, {})) {
    if (map === null || !['table_open', 'fence', 'code_block', 'html_block'].includes(type)) continue;
    for (let index = map[0]; index < map[1]; index += 1) exempt.add(index);
  }
  return lines.flatMap((text, index) =>
    text.length > limit && !exempt.has(index) ? [{ line: skipped + index + 1, characters: text.length }] : [],
  );
}

function inlineTokens(page: string): { token: Token; line: number }[] {
  const { body, skipped } = withoutFrontMatter(page);
  let isProse = true;
  return markdown.parse(body, {}).flatMap((token) => {
    if (['table_open', 'heading_open'].includes(token.type)) isProse = false;
    if (['table_close', 'heading_close'].includes(token.type)) isProse = true;
    if (token.type !== 'inline' || token.map === null || !isProse) return [];
    return [{ token, line: skipped + token.map[0] + 1 }];
  });
}

function withoutFrontMatter(page: string): { body: string; skipped: number } {
  const front = FRONT_MATTER.exec(page)?.[0] ?? '';
  return { body: page.slice(front.length), skipped: front.split('\n').length - 1 };
}

/** What is read aloud of a block; a break of the source stays a break, so that lines can be counted. */
function textOf({ children }: Token): string {
  const pieces = (children ?? []).map(({ type, content }) => {
    if (type === 'text') return content;
    if (type === 'softbreak' || type === 'hardbreak') return '\n';
    // A name in code is one word, and no full stop within it ends a sentence.
    return type === 'code_inline' ? `\`${content.replaceAll(/[\s.?!]+/g, '_')}\`` : '';
  });
  return pieces.join('');
}

function splitSentences(text: string, firstLine: number): Sentence[] {
  // To the segmenter every break would end a sentence. The places stay the same.
  const segments = [...segmenter.segment(text.replaceAll('\n', ' '))];
  const whole: string[] = [];
  for (const piece of segments.flatMap(({ segment }) => segment.split(BEFORE_A_NAME))) {
    if (ABBREVIATION.test(whole.at(-1) ?? '')) whole.push((whole.pop() ?? '') + piece);
    else whole.push(piece);
  }
  let index = 0;
  return whole.flatMap((piece) => {
    const start = index + piece.length - piece.trimStart().length;
    index += piece.length;
    const line = firstLine + text.slice(0, start).split('\n').length - 1;
    const read = piece.trim().replaceAll(/\s+/g, ' ');
    return read === '' ? [] : [{ line, text: read, words: countWords(read) }];
  });
}

/** What has a letter or a digit in it; a dash or a dot between two words is none. */
function countWords(sentence: string): number {
  return sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}
