import { basename, join, relative } from 'node:path';

import type { MarkdownRenderer } from 'vitepress';

import { docs } from './pages.ts';

type Token = ReturnType<MarkdownRenderer['parse']>[number];

const IS_ELSEWHERE = /^(?:[a-z][a-z+.-]*:|#|\/)/i;

/**
 * Links out of docs/ name files of the repository, which the site does not have. They lead to the repository's address, or are told as
 * code where it has none. Links within docs/ stay as they are, but a README is the page of its folder.
 */
export function repositoryLinks(markdown: MarkdownRenderer, repository: string | undefined): void {
  markdown.core.ruler.push('repository_links', ({ tokens, env, Token }) => {
    const { path: page } = env as { path?: string };
    if (page === undefined) return;
    const named = (file: string) => [
      Object.assign(new Token('text', '', 0), { content: ' (' }),
      Object.assign(new Token('code_inline', 'code', 0), { content: file, markup: '`' }),
      Object.assign(new Token('text', '', 0), { content: ')' }),
    ];
    for (const token of tokens) {
      if (token.children === null) continue;
      token.children = rewritten(token.children, { page, repository, named });
    }
  });
}

interface Place {
  page: string;
  repository: string | undefined;
  /** How a file is told in a text. */
  named: (file: string) => Token[];
}

function rewritten(tokens: Token[], place: Place): Token[] {
  const result: Token[] = [];
  /** The link that is told as text, with what it is called so far. */
  let told: { file: string; text: string } | undefined;
  for (const token of tokens) {
    if (told !== undefined && token.type === 'link_close') {
      const name = basename(told.file).replace(/\.md$/, '').toLowerCase();
      if (!told.text.toLowerCase().includes(name)) result.push(...place.named(told.file));
      told = undefined;
      continue;
    }
    if (told !== undefined) told.text += token.content;
    if (token.type !== 'link_open') {
      result.push(token);
      continue;
    }
    const file = leadTo(token, place);
    if (file === undefined) result.push(token);
    else told = { file, text: '' };
  }
  return result;
}

/** Gives a link the address it has on the site. Answers the file instead if there is no address for it. */
function leadTo(link: Token, { page, repository }: Place): string | undefined {
  const href = link.attrGet('href') ?? '';
  if (href === '' || IS_ELSEWHERE.test(href)) return undefined;
  const [path = '', anchor] = href.split('#', 2);
  const target = join(page, '..', decodeURI(path));
  if (!relative(docs, target).startsWith('..')) {
    link.attrSet('href', href.replace(/(^|\/)README\.md/, '$1index.md'));
    return undefined;
  }
  const file = relative(join(docs, '..'), target);
  if (repository === undefined) return file;
  link.attrSet('href', `${repository}/blob/main/${file}${anchor === undefined ? '' : `#${anchor}`}`);
  return undefined;
}
