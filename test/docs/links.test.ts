import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { anchors, pages, readText, relativeLinks, root, type Link } from './markdown.ts';

describe('every link into the repository leads somewhere', () => {
  test.each(pages())('%s', (page) => {
    const broken = relativeLinks(readText(page)).filter(({ target }) => !leadsSomewhere(page, target));
    expect(broken).toEqual([]);
  });
});

test('every test the guarantees name as evidence is in the file it names', () => {
  const page = 'docs/concepts/guarantees.md';
  const evidence = relativeLinks(readText(page)).filter(({ target }) => target.endsWith('.test.ts'));
  expect(evidence.length).toBeGreaterThan(10);
  const isThere = ({ text, target }: Link) => names(readText(join(dirname(page), target))).includes(text);
  expect(evidence.filter((link) => !isThere(link))).toEqual([]);
});

test('every page under docs/decisions is in its list', () => {
  const listed = relativeLinks(readText('docs/decisions/README.md')).map(
    ({ target }) => `docs/decisions/${target}`,
  );
  const there = pages().filter((page) => /^docs\/decisions\/\d{4}-/.test(page));
  expect(listed.sort()).toEqual(there.sort());
});

test('every picture is shown in the screencast and small', () => {
  const screencast = readText('docs/start/screencast.md');
  const pictures = readdirSync(join(root, 'docs/pictures'));
  expect(pictures.filter((name) => !screencast.includes(`../pictures/${name}`))).toEqual([]);
  const sizes = pictures.map((name) => statSync(join(root, 'docs/pictures', name)).size);
  expect(Math.max(...sizes)).toBeLessThan(150_000);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_600_000);
});

function leadsSomewhere(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#', 2);
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, file))) return false;
  if (anchor === undefined) return true;
  return statSync(join(root, file)).isFile() && anchors(readText(file)).includes(anchor);
}

/** What the tests and groups of a file are called. */
function names(code: string): string[] {
  const titles = /(?:\b(?:test|it|describe)(?:\.\w+)?|\))\(\s*(?<quote>['"`])(?<title>.*?)\k<quote>,/g;
  return [...code.matchAll(titles)].map(({ groups }) => groups?.title ?? '');
}
