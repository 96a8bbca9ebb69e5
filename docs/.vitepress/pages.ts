import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the pages. */
export const docs = fileURLToPath(new URL('..', import.meta.url));

interface Section {
  text: string;
  /** Pages in their order, as paths below docs/ without `.md`. */
  pages: string[];
  /** A folder whose other pages follow them, by name. */
  folder?: string;
}

/**
 * Where each page stands. A page of a section's folder has a place without being named; every other page is named once
 * (test/docs/site.test.ts).
 */
export const SECTIONS: Section[] = [
  {
    text: 'Start',
    folder: 'start',
    pages: ['start/demo', 'start/screencast', 'start/first-gate', 'start/own-project', 'start/first-test'],
  },
  {
    text: 'Guides',
    folder: 'guides',
    pages: [
      'guides/README',
      'guides/gate-a-tool',
      'guides/four-eyes',
      'guides/signed-decisions',
      'guides/fresh-approvals',
      'guides/grants',
      'guides/test-a-gate',
      'guides/verify',
      'guides/sign-in',
      'guides/inbox',
      'guides/approve-from-code',
      'guides/park',
      'guides/ask-a-person',
      'guides/files',
      'guides/webhooks',
      'guides/record',
      'guides/audit',
      'guides/compliance',
      'guides/decisions-from-any-language',
      'guides/chat-loop',
      'guides/assistants-loop',
      'guides/handover-loop',
      'guides/from-openai-agents-sdk',
      'guides/from-ai-sdk',
      'guides/from-langgraph',
      'guides/from-humanlayer',
      'handover',
      'agents',
    ],
  },
  {
    text: 'Concepts',
    folder: 'concepts',
    pages: [
      'concepts/turn',
      'concepts/gate',
      'concepts/two-clocks',
      'concepts/effects',
      'concepts/guarantees',
      'concepts/protocols',
    ],
  },
  {
    text: 'Reference',
    folder: 'reference',
    pages: [
      'http-api',
      'reference/http',
      'reference/cli',
      'reference/configuration',
      'reference/failures',
      'reference/workflows',
      'reference/telemetry',
      'reference/scenario',
    ],
  },
  { text: 'TypeScript API', folder: 'reference/api', pages: [] },
  { text: 'Operate', pages: ['deployment', 'operations', 'interaction-logs', 'versioning'] },
  { text: 'Internals', pages: ['architecture', 'protocol', 'performance', 'fault-campaign'] },
  { text: 'Decisions', folder: 'decisions', pages: ['decisions/README'] },
];

/** The section's pages that are there, in order. */
export function pagesOf({ pages, folder }: Section): string[] {
  const others = folder === undefined ? [] : pagesBelow(folder).filter((page) => !pages.includes(page));
  return [...pages, ...others];
}

/** The pages of a folder of docs/, and of the folders in it that have no section of their own. */
function pagesBelow(folder: string): string[] {
  const path = join(docs, folder);
  if (!existsSync(path)) return [];
  const isElsewhere = (page: string) =>
    SECTIONS.some(
      ({ folder: other = folder }) => other.startsWith(`${folder}/`) && page.startsWith(`${other}/`),
    );
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name.slice(0, -'.md'.length)))
    .filter((page) => !isElsewhere(page))
    .sort();
}

/** Where the site has a page: a README is the page of its folder. */
export function addressOf(page: string): string {
  return `/${page.replace(/(^|\/)README$/, '$1')}`;
}

/** What the sidebar calls a page: its first heading, without marks. The page of a folder is the section's overview. */
export function titleOf(page: string): string {
  if (page.endsWith('/README')) return 'Overview';
  const heading = /^# (.+)$/m.exec(readFileSync(join(docs, `${page}.md`), 'utf8'))?.[1] ?? page;
  return heading.replaceAll(/[`*]/g, '');
}
