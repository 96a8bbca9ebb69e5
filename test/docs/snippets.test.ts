import { expect, test } from 'vitest';

import { blocks, readText } from './markdown.ts';

const snippets = blocks(readText('README.md')).filter(({ language }) => language === 'ts');

test('the README has programs', () => {
  expect(snippets.length).toBeGreaterThan(1);
});

test.each(snippets)('a program of the README is what its file says: $above', ({ above, code }) => {
  const named = /`(?<file>[^`]+\.ts)`(?:, region `(?<region>[^`]+)`)?:$/.exec(above)?.groups;
  expect(named, 'the line above a ts block names its file').toBeDefined();
  expect(code).toBe(sourceOf(named?.file ?? '', named?.region));
});

test('the program of 20 lines has 20 lines, give or take a blank one', () => {
  const program = snippets.find(({ above }) => above.includes('quickstart/countersign.config.ts'));
  const lines = program?.code.split('\n').filter((line) => line.trim() !== '') ?? [];
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.length).toBeLessThanOrEqual(20);
});

function sourceOf(file: string, region: string | undefined): string {
  const text = readText(file);
  if (region === undefined) return text.trimEnd();
  const [, after] = text.split(`// #region ${region}\n`);
  const [inside, ...rest] = (after ?? '').split(`\n// #endregion ${region}`);
  expect(rest, `${file} has a region ${region}`).toHaveLength(1);
  return (inside ?? '').trimEnd();
}
