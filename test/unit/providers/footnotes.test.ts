import { describe, expect, test } from 'vitest';

import { CITATIONS, REPLY_BYTES } from '../../../src/contracts/limits.ts';
import { jsonBytes } from '../../../src/contracts/size.ts';
import type { FileName } from '../../../src/providers/footnotes.ts';
import { citedFiles, readContent, toReply } from '../../../src/providers/reply.ts';

const NAMES = new Map<string, FileName>([
  ['file-a', { name: 'a.txt' }],
  ['file-b', { name: '/mnt/data/b.csv' }],
  ['file-gone', 'gone'],
]);
const RUN = { threadId: 'thread_1', runId: 'run_1' };
const cites = (text: string, start: number, file_id = 'file-a', more: object = {}) => ({
  type: 'file_citation',
  text,
  start_index: start,
  end_index: start + text.length,
  file_citation: { file_id, ...more },
});
const path = (text: string, start: number, file_id = 'file-b') => ({
  type: 'file_path',
  text,
  start_index: start,
  end_index: start + text.length,
  file_path: { file_id },
});
const read = (value: string, annotations: unknown, names = NAMES) =>
  toReply(readContent([{ type: 'text', text: { value, annotations } }]), names, RUN);
const M = '【4:0†source】';
const N = '【4:1†source】';

describe('marks become numbers', () => {
  test('in the order of the text, whatever order the annotations have; the same file keeps its number', () => {
    const text = `One${M}, two${N}, one again${M}.`;
    const { reply, citations } = read(text, [
      cites(N, text.indexOf(N), 'file-b'),
      cites(M, text.lastIndexOf(M)),
      cites(M, 3),
    ]);
    expect(reply).toBe('One[1], two[2], one again[1].\n\n[1] a.txt\n[2] b.csv');
    expect(citations).toEqual([
      { number: 1, kind: 'file_citation', fileId: 'file-a', filename: 'a.txt' },
      { number: 2, kind: 'file_citation', fileId: 'file-b', filename: 'b.csv' },
    ]);
  });

  test('where indices are out of range, missing or wrong, the text of the annotation decides', () => {
    for (const start of [-5, 9_999, 1, 2.5, null, undefined, 'x']) {
      const { reply } = read(`Cake${M}.`, [{ ...cites(M, 0), start_index: start }]);
      expect(reply, String(start)).toBe('Cake[1].\n\n[1] a.txt');
    }
  });

  test('behind emojis, whether indices count characters or UTF-16 units', () => {
    const text = `😀😀 x${M} y${M}`;
    const units = [text.indexOf(M), text.lastIndexOf(M)];
    const characters = units.map((at) => Array.from(text.slice(0, at)).length);
    for (const [first, second] of [units, characters]) {
      const { reply } = read(text, [cites(M, second!, 'file-b'), cites(M, first!)]);
      expect(reply).toBe('😀😀 x[1] y[2]\n\n[1] a.txt\n[2] b.csv');
    }
  });

  test('that overlap or stand at the same place become one place with all numbers', () => {
    const same = read(`x${M}.`, [cites(M, 1), cites(M, 1, 'file-b'), cites(M, 1)]);
    expect(same.reply).toBe('x[1][2].\n\n[1] a.txt\n[2] b.csv');
    const nested = 'sandbox:/mnt/data/b.csv';
    const inside = read(`See ${nested} now`, [path(nested, 4), path('sandbox:/mnt/data/b', 4, 'file-a')]);
    expect(inside.reply).toContain('See [1][2] now');
  });

  test('that are repeated without an annotation of their own get the same number; unknown ones stay', () => {
    expect(read(`a${M} b${M} c${N}`, [cites(M, 1)]).reply).toBe(`a[1] b[1] c${N}\n\n[1] a.txt`);
  });

  test('of a Markdown link stay a link', () => {
    const text = '[rows](sandbox:/mnt/data/b.csv)!';
    const { reply, citations } = read(text, [path('sandbox:/mnt/data/b.csv', 7)]);
    expect(reply).toBe('[rows][1]!\n\n[1] b.csv (made by the assistant)');
    expect(citations).toEqual([{ number: 1, kind: 'file_path', fileId: 'file-b', filename: 'b.csv' }]);
  });

  test("but the reply's own words stay when they are what is annotated", () => {
    expect(read('Cake is best.', [cites('Cake', 0)]).reply).toBe('Cake[1] is best.\n\n[1] a.txt');
  });

  test('and an image gets a footnote of its own', () => {
    const parts = readContent([
      { type: 'image_file', image_file: { file_id: 'file-b' } },
      { type: 'text', text: { value: 'See.', annotations: [] } },
    ]);
    expect(citedFiles(parts)).toEqual(['file-b']);
    expect(toReply(parts, NAMES, RUN).reply).toBe('[1]\n\nSee.\n\n[1] b.csv (made by the assistant)');
  });
});

describe('a footnote says so', () => {
  test.each([
    ['points nowhere', cites('【9†gone】', 3), 'x\n\n[1] a.txt (its place in the text is not known)'],
    ['has no text', { ...cites('', 0) }, 'x\n\n[1] a.txt (its place in the text is not known)'],
  ])('when an annotation %s', (_, annotation, wanted) => {
    expect(read('x', [annotation]).reply).toBe(wanted);
  });

  test('when a file is gone, could not be looked up, or is not named', () => {
    const { reply, citations } = read(`a${M}b${N}c【3†x】`, [
      cites(M, 1, 'file-gone'),
      cites(N, 0, 'file-unheard'),
      { ...cites('【3†x】', 0), file_citation: {} },
    ]);
    expect(reply).toBe(
      'a[1]b[2]c[3]\n\n[1] a file that is not there any more\n[2] a file whose name could not be read\n[3] a file that the provider does not name',
    );
    expect(citations?.map(({ fileId, filename }) => [fileId, filename])).toEqual([
      ['file-gone', null],
      ['file-unheard', null],
      [null, null],
    ]);
  });
});

describe('nothing breaks', () => {
  test('a reply without annotations, with malformed ones or with kinds unknown here', () => {
    const wild = [null, 7, {}, { type: 'url_citation', text: M }, { type: 'file_path' }];
    for (const annotations of [[], undefined, null, 'x'])
      expect(read(`as is ${M}`, annotations)).toEqual({ reply: `as is ${M}` });
    expect(read('x', wild).reply).toBe(
      'x\n\n[1] a file that the provider does not name (its place in the text is not known)',
    );
    expect(readContent([null, 'x', { type: 'refusal', refusal: 'no' }])).toEqual([]);
  });

  test('a file name cannot break lines or turn them around', () => {
    const names = new Map<string, FileName>([['file-a', { name: 'x\n[2] evil\u202e.txt' }]]);
    expect(read(`a${M}`, [cites(M, 1)], names).reply).toBe('a[1]\n\n[1] x [2] evil .txt');
  });

  test('more sources than can be named are counted, and no number is wrong', () => {
    const count = CITATIONS + 50;
    const marks = Array.from({ length: count }, (_, index) => `【${index}†s】`);
    const text = marks.join(' ');
    const names = new Map<string, FileName>(
      marks.map((_, index) => [`file-${index}`, { name: `${index}-${'n'.repeat(150)}` }]),
    );
    const { reply, citations } = read(
      text,
      marks.map((mark, index) =>
        cites(mark, text.indexOf(mark), `file-${index}`, { quote: 'q'.repeat(900) }),
      ),
      names,
    );
    expect(jsonBytes(citations)).toBeLessThanOrEqual(60_000);
    const body = reply.split('\n\n')[0]!.split(' ');
    body.forEach((shown, index) => {
      expect(shown).toBe(index < citations!.length ? `[${index + 1}]` : '[*]');
    });
    expect(reply).toContain(`[*] ${count - citations!.length} more`);
    citations!.forEach(({ fileId }, index) => expect(fileId).toBe(`file-${index}`));
  });

  test('a reply that is cut keeps its footnotes and cuts no number in two', () => {
    for (let more = 0; more < 12; more += 1) {
      const long = `${'x'.repeat(REPLY_BYTES - 40 - more)}${M}${M}${M}${'y'.repeat(60)}`;
      const { reply } = read(long, [cites(M, 5)]);
      expect(jsonBytes(reply)).toBeLessThan(REPLY_BYTES + 400);
      expect(reply).toMatch(/\n\n\[1\] a\.txt$/);
      expect(reply).not.toMatch(/\[\d*\n/);
    }
  });
});
