import type { Command } from 'commander';
import { expect, test } from 'vitest';

import { createProgram } from '../../src/cli/program.ts';
import { blocks, pages, readText } from './markdown.ts';

const program = createProgram();
const ours = pages().filter((page) => !page.startsWith('test/'));

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
    'turn start',
    'approvals approve',
    'keys create',
    'inbox link',
    'worker',
    'gateway',
  ])
    expect(shown).toContain(command);
});

test.each(merged(uses))(
  'countersign $command exists, with the options the pages use',
  ({ command, options }) => {
    const found = commandOf(command.split(' '));
    const known = found.options.flatMap(({ long, short }) => [long, short]);
    expect(options.filter((option) => option !== '--help' && !known.includes(option))).toEqual([]);
  },
);

test('every npm script a page names exists', () => {
  const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
  const named = [...text.matchAll(/npm run (?:-s )?([a-z][a-z:]*)/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(5);
  expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
});

/** The command of ours in a line, if there is one: `npm run -s countersign -- turn …`, `countersign turn …`, `npm run demo`. */
function useOf(line: string): Use[] {
  const found =
    /(?:^|\s)(?<!npm create )(?:npm run (?:-s )?)?countersign (?:-- )?(?<words>[a-z][^|]*)/.exec(line) ??
    /npm run (?:-s )?(?<words>(?:demo|dev)\b[^|]*)/.exec(line);
  const words =
    found?.groups?.words
      ?.trim()
      .replaceAll(/'[^']*'|"[^"]*"/g, '…')
      .split(/\s+/) ?? [];
  const [first] = words;
  if (first === undefined) return [];
  return [{ command: pathOf(words).join(' '), options: words.filter((word) => /^--[a-z]/.test(word)) }];
}

/** The words that name a command: a group without one of its own means its default. */
function pathOf(words: string[]): string[] {
  const path: string[] = [];
  let at: Command = program;
  for (const word of words) {
    const next = at.commands.find((command) => command.name() === word);
    if (next === undefined) break;
    path.push(word);
    at = next;
  }
  if (path[0] === 'turn' && path.length === 1 && words.length > 1) path.push('start');
  return path.length === 0 ? words.slice(0, 1) : path;
}

function commandOf(path: string[]): Command {
  return path.reduce((at, name) => {
    const found = at.commands.find((command) => command.name() === name);
    if (found === undefined) throw new Error(`There is no command "${path.join(' ')}".`);
    return found;
  }, program);
}

function merged(all: Use[]): Use[] {
  const commands = [...new Set(all.map(({ command }) => command))];
  return commands.map((command) => {
    const options = all.filter((use) => use.command === command).flatMap((use) => use.options);
    return { command, options: [...new Set(options)] };
  });
}
