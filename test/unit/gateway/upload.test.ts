import { expect, it } from 'vitest';

import { safeName } from '../../../src/gateway/bodies/upload.ts';

it.each([
  ['a/b/c.txt', 'c.txt'],
  ['C:\\files\\c.txt', 'c.txt'],
  ['folder/', 'file'],
  ['c.txt', 'c.txt'],
])('the name of a file is the last part of its path: %s', (name, safe) => expect(safeName(name)).toBe(safe));

it('a name that is half a megabyte long and ends in a slash keeps nobody waiting', () => {
  const beganAt = performance.now();
  expect(safeName(`${'a'.repeat(500_000)}/`)).toBe('file');
  expect(performance.now() - beganAt).toBeLessThan(1_000);
});
