import { spawnSync } from 'node:child_process';

import { describe, expect, test } from 'vitest';

import { completionScript, SHELLS } from '../../../src/cli/completion/scripts.ts';
import { placesOf } from '../../../src/cli/completion/tree.ts';
import { createProgram } from '../../../src/cli/program.ts';

const places = placesOf(createProgram());

/** What bash offers for a line that ends where the person presses Tab. */
function offers(...words: string[]): string[] {
  const script = `${completionScript('bash', places)}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_countersign; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\n').filter(Boolean);
}

describe('bash completes', () => {
  test.each([
    [['countersign', 'app'], ['approvals']],
    [['countersign', 'approvals', 'de'], ['deny']],
    [['countersign', '--json', 'turn', 'ca'], ['cancel']],
    [['countersign', 'turn', 'list', '--sta'], ['--status']],
    [['countersign', 'turn', 'list', '--status', 'a'], ['awaiting_decision']],
    [['countersign', 'turn', '--assi'], ['--assistant']],
    [['countersign', 'dev', '--provider', 'ch'], ['chat']],
  ])('%j to %j', (words, expected) => {
    expect(offers(...words)).toEqual(expected);
  });
});

test.each(SHELLS)('what %s reads names every command', (shell) => {
  const script = completionScript(shell, places);
  for (const { path } of places) expect(script).toContain(path);
});

const isThere = (shell: string): boolean => spawnSync(shell, ['--version']).error === undefined;

const READERS = [
  { shell: 'bash', flag: '-n' },
  { shell: 'zsh', flag: '-n' },
  { shell: 'fish', flag: '--no-execute' },
] as const;

test('each shell that is installed here can read its script', () => {
  const here = READERS.filter(({ shell }) => isThere(shell));
  expect(here.map(({ shell }) => shell)).toContain('bash');
  for (const { shell, flag } of here) {
    const { status } = spawnSync(shell, [flag], { input: completionScript(shell, places) });
    expect([shell, status]).toEqual([shell, 0]);
  }
});
