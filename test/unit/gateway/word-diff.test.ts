import fc from 'fast-check';
import { expect, it } from 'vitest';

import { diffWords } from '../../../src/gateway/inbox/card/word-diff.ts';

const marked = (before: string, after: string) =>
  diffWords(before, after)
    .map(({ is, text }) => (is === 'same' ? text : is === 'added' ? `{+${text}+}` : `[-${text}-]`))
    .join('');

it.each([
  ['arrived broken', 'arrived late', 'arrived [-broken-]{+late+}'],
  ['42', '4200', '[-42-]{+4200+}'],
  ['', 'new', '{+new+}'],
  ['same', 'same', 'same'],
  // A look-alike (the first letter is Cyrillic), a joined mark and a picture of several code points stay whole.
  ['pay to paypal.com now', 'pay to раypal.com now', 'pay to [-paypal.com-]{+раypal.com+} now'],
  ['cafe', 'cafe\u0301', '[-cafe-]{+cafe\u0301+}'],
  ['{"a": 1}', '{"a": 2}', '{"a": [-1-]{+2+}}'],
])('%j changed to %j is %j', (before, after, expected) => {
  expect(marked(before, after)).toBe(expected);
});

it('both texts can be read from what differs, whatever they are', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.lorem());
  const read = (parts: ReturnType<typeof diffWords>, without: string) =>
    parts.flatMap(({ is, text: part }) => (is === without ? [] : [part])).join('');
  fc.assert(
    fc.property(text, text, (before, after) => {
      const parts = diffWords(before, after);
      return read(parts, 'added') === before && read(parts, 'removed') === after;
    }),
  );
});

it('texts with nothing in common are two texts, found without a long search', () => {
  const [before, after] = [wordsOf('a'), wordsOf('b')];
  const started = performance.now();
  expect(diffWords(before, after).map(({ is }) => is)).toEqual(['removed', 'added']);
  expect(performance.now() - started).toBeLessThan(2_000);
});

function wordsOf(letter: string): string {
  return Array.from({ length: 20_000 }, (_, index) => `${letter}${index}`).join('-. ');
}
