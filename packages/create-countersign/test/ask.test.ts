import { PassThrough } from 'node:stream';

import { expect, test } from 'vitest';

import { ask } from '../src/ask.ts';
import { InitError } from '../src/init-error.ts';

const DOWN = '\u001B[B';
const ENTER = '\r';
const CTRL_C = '\u0003';

/** A terminal whose person presses keys once a question has been written. */
function person(keys: [question: string, ...pressed: string[]][]) {
  const input = new PassThrough();
  const output = new PassThrough();
  let seen = '';
  output.on('data', (chunk: Buffer) => {
    seen += chunk.toString();
    const [next] = keys;
    if (next === undefined || !seen.includes(next[0])) return;
    keys.shift();
    // The question listens once it has been written.
    setImmediate(() => next.slice(1).forEach((key) => input.write(key)));
  });
  return { terminal: { input, output }, seen: () => seen };
}

test('a person is asked for folder, provider and protocol, and may take what is proposed', async () => {
  const { terminal } = person([
    ['Folder', ENTER],
    ['Which provider', ENTER],
    ['Which protocol', ENTER],
  ]);
  expect(await ask({}, terminal)).toEqual({
    folder: './my-gate',
    provider: 'simulator',
    protocol: 'responses',
  });
});

test('what was said by options is not asked, and OpenAI is offered no protocol it has ended', async () => {
  const { terminal, seen } = person([
    ['Which provider', DOWN, ENTER],
    ['Which protocol', DOWN, ENTER],
  ]);
  expect(await ask({ folder: 'shop' }, terminal)).toEqual({
    folder: 'shop',
    provider: 'openai',
    protocol: 'chat',
  });
  expect(seen()).not.toContain('Folder');
  expect(seen()).not.toContain('Assistants');
});

test('Ctrl+C writes nothing', async () => {
  const { terminal } = person([['Which provider', CTRL_C]]);
  await expect(ask({ folder: 'shop' }, terminal)).rejects.toThrow(InitError);
});
