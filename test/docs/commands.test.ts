import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { blocks, pages, readText, root } from './markdown.ts';

const run = promisify(execFile);
const main = join(root, 'src/cli/main.ts');
const ours = pages().filter((page) => !page.startsWith('test/'));

/** Commands that take another command. */
const GROUPS = new Set(['approvals', 'inbox', 'keys']);

interface Use {
  command: string;
  options: string[];
}

const text = ours.map(readText).join('\n');
const lines = [
  ...ours.flatMap((page) =>
    blocks(readText(page)).flatMap(({ code }) => code.replaceAll('\\\n', ' ').split('\n')),
  ),
  ...[...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code),
];
const uses = lines.flatMap(useOf);

test('the pages show the commands there are', () => {
  const shown = new Set(uses.map(({ command }) => command));
  for (const command of [
    'demo',
    'turn',
    'approvals approve',
    'keys create',
    'inbox link',
    'worker',
    'gateway',
  ])
    expect(shown).toContain(command);
});

test.each(merged(uses))('countersign $command exists, with the options the pages use', async (use) => {
  const { stdout } = await run(process.execPath, [
    '--conditions=countersign-source',
    main,
    ...use.command.split(' '),
    '--help',
  ]);
  expect(stdout).toMatch(new RegExp(`^Usage: countersign ${use.command}(?: |$)`, 'm'));
  expect(use.options.filter((option) => !new RegExp(`${option}\\b`).test(stdout))).toEqual([]);
});

test('every npm script a page names exists', () => {
  const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
  const named = [...text.matchAll(/npm run (?:-s )?([a-z][a-z:]*)/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(5);
  expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
});

/** The command of ours in a line, if there is one: `npm run -s countersign -- turn …`, `countersign turn …`, `npm run demo`. */
function useOf(line: string): Use[] {
  const found =
    /(?:^|\s)(?:npm run (?:-s )?)?countersign (?:-- )?(?<words>[a-z][^|]*)/.exec(line) ??
    /npm run (?:-s )?(?<words>(?:demo|dev)\b[^|]*)/.exec(line);
  const words =
    found?.groups?.words
      ?.trim()
      .replaceAll(/'[^']*'|"[^"]*"/g, '…')
      .split(/\s+/) ?? [];
  const [first, second] = words;
  if (first === undefined) return [];
  const command =
    GROUPS.has(first) && second !== undefined && /^[a-z]+$/.test(second) ? `${first} ${second}` : first;
  return [{ command, options: words.filter((word) => /^--[a-z]/.test(word)) }];
}

function merged(all: Use[]): Use[] {
  const commands = [...new Set(all.map(({ command }) => command))];
  return commands.map((command) => {
    const options = all.filter((use) => use.command === command).flatMap((use) => use.options);
    return { command, options: [...new Set(options)] };
  });
}
