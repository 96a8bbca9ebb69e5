import { expect, test } from 'vitest';

import { blocks, pages, readText } from './markdown.ts';

/** Pages whose programs are cut from files that compile and run. */
const ours = pages().filter((page) => /^README\.md$|^docs\/(?:start|guides|concepts)\//.test(page));
const snippets = ours.flatMap((page) =>
  blocks(readText(page))
    .filter(({ language }) => ['ts', 'tsx', 'py'].includes(language))
    .map((block) => ({ page, ...block })),
);

test('the pages have programs', () => {
  expect(snippets.length).toBeGreaterThan(1);
});

test.each(snippets)('$page: a program is what its file says: $above', ({ above, code }) => {
  const named = /`(?<file>[^`]+\.(?:ts|tsx|py))`(?:, region `(?<region>[^`]+)`)?:$/.exec(above)?.groups;
  expect(named, 'the line above a program names its file').toBeDefined();
  expect(code).toBe(sourceOf(named?.file ?? '', named?.region));
});

test('the program of 20 lines has 20 lines, give or take a blank one', () => {
  const program = snippets.find(({ above }) => above.includes('quickstart/countersign.config.ts'));
  const lines = program?.code.split('\n').filter((line) => line.trim() !== '') ?? [];
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.length).toBeLessThanOrEqual(20);
});

test('the README is short, and its lines fit a screen', () => {
  const readme = readText('README.md');
  expect(Buffer.byteLength(readme)).toBeLessThanOrEqual(12_000);
  const prose = readme.replaceAll(/^```[\s\S]*?^```$/gm, '').split('\n');
  expect(prose.filter((line) => line.length > 160 && !line.startsWith('|'))).toEqual([]);
});

/** A file, or one region of it, with the indentation of the region taken off. */
function sourceOf(file: string, region: string | undefined): string {
  const text = readText(file);
  if (region === undefined) return text.trimEnd();
  const marker = String.raw`^[ \t]*(?://|#) #(?:end)?region ${region}\n`;
  const [, inside = '', ...rest] = text.split(new RegExp(marker, 'm'));
  expect(rest, `${file} has a region ${region}`).toHaveLength(1);
  const indent = /^[ \t]*/.exec(inside)?.[0] ?? '';
  return inside.replaceAll(new RegExp(`^${indent}`, 'gm'), '').trimEnd();
}
