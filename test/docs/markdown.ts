import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the repository is. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Every page of ours, as a path from the root; those that TypeDoc makes for the site are none. */
export function pages(): string[] {
  const own = readdirSync(root).filter((name) => name.endsWith('.md'));
  const below = ['docs', 'deploy', 'examples', 'test'].flatMap((folder) => {
    const found = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
    return found
      .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
      .filter(({ parentPath }) => !/node_modules|reference\/api/.test(parentPath))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)));
  });
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`);
  return [...own, ...below, ...packages];
}

/** A fenced block of code, and the line of text before it. */
export interface Block {
  language: string;
  code: string;
  above: string;
}

export function blocks(markdown: string): Block[] {
  const fence = /(?:^|\n)(?<above>[^\n]*)\n+```(?<language>\w*)\n(?<code>[\s\S]*?)\n```/g;
  return [...markdown.matchAll(fence)].map(({ groups }) => ({
    language: groups?.language ?? '',
    code: groups?.code ?? '',
    above: groups?.above ?? '',
  }));
}

/** The text without its blocks of code. */
function prose(markdown: string): string {
  return markdown.replaceAll(/```[\s\S]*?\n[ \t]*```/g, '');
}

export interface Link {
  text: string;
  target: string;
}

/** Links to places in this repository. */
export function relativeLinks(markdown: string): Link[] {
  const links = prose(markdown).matchAll(/\[(?<text>[^\]]*)\]\((?<target>[^)\s]+)\)/g);
  return [...links]
    .map(({ groups }) => ({ text: groups?.text ?? '', target: groups?.target ?? '' }))
    .filter(({ target }) => !/^[a-z][a-z+.-]*:/i.test(target));
}

/** The anchors GitHub gives to a page's headings. */
export function anchors(markdown: string): string[] {
  return [...prose(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The first column of a table's rows, for the table whose header begins with `header`. */
export function firstColumn(markdown: string, header: string): string[] {
  const lines = markdown.split('\n');
  return lines.flatMap((line, index) => {
    if (!line.startsWith('|') || !line.slice(1).trimStart().startsWith(header)) return [];
    const rows = lines.slice(index + 2);
    const end = rows.findIndex((row) => !row.startsWith('|'));
    return rows.slice(0, end < 0 ? rows.length : end).map((row) => row.split('|')[1]?.trim() ?? '');
  });
}
