import { describe, expect, test } from 'vitest';

import { cutToJsonBytes, fitTogether, inDigits, jsonBytes, shorten } from '../../../src/contracts/size.ts';

/** What a text takes inside a JSON string, by the platform itself. */
const bytesInside = (text: string) => Buffer.byteLength(JSON.stringify(text)) - 2;

describe('a size', () => {
  test.each(['', 'plain', '"quoted\\"', 'tab\tand\nline\u0001', 'Größe', '€', '👍🏽', '\ud800', 'a\u007f'])(
    'of %j is that of its JSON in UTF-8',
    (text) => {
      expect(jsonBytes(text)).toBe(Buffer.byteLength(JSON.stringify(text)));
      const bytes = bytesInside(text);
      expect(cutToJsonBytes(text, bytes)).toBe(text);
      const cut = cutToJsonBytes(`${text}€`, bytes + 2);
      expect(cut).toBe(text);
    },
  );

  test('of what JSON leaves out is 0', () => {
    expect(jsonBytes(undefined)).toBe(0);
    expect(jsonBytes({ a: undefined })).toBe(2);
  });

  test('is kept by a cut at every length, and no character is torn', () => {
    const text = 'a"€\n👍\u0002ü'.repeat(3);
    for (let limit = 0; limit <= bytesInside(text); limit += 1) {
      const cut = cutToJsonBytes(text, limit);
      expect(text.startsWith(cut)).toBe(true);
      expect(cut.isWellFormed()).toBe(true);
      expect(bytesInside(cut)).toBeLessThanOrEqual(limit);
      expect(bytesInside(cut)).toBeGreaterThan(limit - 6);
    }
  });

  test('is written with commas', () => {
    expect([0, 999, 1_000, 256_000, 1_048_576].map(inDigits)).toEqual([
      '0',
      '999',
      '1,000',
      '256,000',
      '1,048,576',
    ]);
  });
});

test('a shortened text says how long it was', () => {
  expect(shorten('short', 5)).toBe('short');
  expect(shorten('x'.repeat(2_000), 3)).toBe('xxx… (cut: 2,000 characters)');
  expect(shorten('ab👍c', 3)).toBe('ab… (cut: 5 characters)');
});

describe('texts that have to fit together', () => {
  test('stay as they are when they do', () => {
    expect(fitTogether(['a', 'b'], 6)).toEqual(['a', 'b']);
  });

  test('share the room: short ones stay whole, the long ones get the same', () => {
    const fitted = fitTogether(['x'.repeat(1_000), 'short', 'y'.repeat(500)], 307);
    expect(fitted[1]).toBe('short');
    expect(fitted[0]).toBe(`${'x'.repeat(150)}\n[Cut here: it has 1,002 bytes, too many beside the others.]`);
    expect(fitted[2]).toBe(`${'y'.repeat(150)}\n[Cut here: it has 502 bytes, too many beside the others.]`);
  });
});
