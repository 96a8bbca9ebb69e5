import { existsSync, statSync } from 'node:fs';
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
