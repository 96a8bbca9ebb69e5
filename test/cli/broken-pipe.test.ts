import { expect, test } from 'vitest';

import { startCli } from '../support/cli.ts';

test('a reader that has enough ends the program without a word', async () => {
  const program = startCli(['completion', 'bash']);
  program.child.stdout!.destroy();
  expect(await program.finished).toMatchObject({ code: 0, stderr: '' });
});
