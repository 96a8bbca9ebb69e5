import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

import { expect, test } from 'vitest';

test('a reader that has enough ends the program without a word', async () => {
  const program = spawn(
    process.execPath,
    ['--conditions=countersign-source', 'src/cli/main.ts', 'completion', 'bash'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  program.stdout.destroy();
  const said = text(program.stderr);
  const [code] = (await once(program, 'exit')) as [number | null];
  expect([code, await said]).toEqual([0, '']);
});
