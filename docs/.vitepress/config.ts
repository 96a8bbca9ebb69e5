import { readFileSync } from 'node:fs';

import { defineConfig, type MarkdownRenderer } from 'vitepress';

import { githubSlug } from './github-slug.ts';
import { addressOf, pagesOf, SECTIONS, titleOf } from './pages.ts';
import { repositoryLinks } from './repository-links.ts';

const { description, repository } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { description: string; repository?: string | { url: string } };

/** Where the repository is, for links to its files; the package says it or nobody does. */
const address = (typeof repository === 'string' ? repository : repository?.url)
  ?.replace(/^git\+/, '')
  .replace(/\.git$/, '');

const sections = SECTIONS.map((section) => ({
  text: section.text,
  items: pagesOf(section).map((page) => ({ text: titleOf(page), link: addressOf(page) })),
})).filter(({ items }) => items.length > 0);

const first = (text: string): string =>
  sections.find((section) => section.text === text)?.items[0]?.link ?? '/';

export default defineConfig({
  lang: 'en',
  title: 'Countersign',
  description,
  rewrites: (page) => page.replace(/(^|\/)README\.md$/, '$1index.md'),
  head: [['link', { rel: 'icon', href: '/logo.svg', type: 'image/svg+xml' }]],
  markdown: {
    anchor: { slugify: githubSlug },
    config: (markdown) => {
      repositoryLinks(markdown, address);
      literalCode(markdown);
    },
  },
  themeConfig: {
    logo: '/logo.svg',
    nav: [
      { text: 'Start', link: first('Start'), activeMatch: '^/start/' },
      { text: 'Guides', link: first('Guides'), activeMatch: '^/guides/' },
      { text: 'Reference', link: first('Reference'), activeMatch: '^/(reference/|http-api)' },
    ],
    sidebar: sections.map((section) => ({
      ...section,
      collapsed: ['Decisions', 'TypeScript API'].includes(section.text),
    })),
    outline: [2, 3],
    search: { provider: 'local' },
    externalLinkIcon: true,
    ...(address !== undefined && {
      editLink: { pattern: `${address}/edit/main/docs/:path`, text: 'Edit this page' },
      socialLinks: [{ icon: 'github', link: address }],
    }),
    footer: { message: 'Released under the Apache License 2.0.' },
  },
});

/** Code is shown as it is: braces in it are no template of Vue's. */
function literalCode(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('literal_code', ({ tokens }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? []))
      if (token.type === 'code_inline') token.attrSet('v-pre', '');
  });
}
