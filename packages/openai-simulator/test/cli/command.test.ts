import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, describe, expect, onTestFinished, test } from 'vitest';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'simulator-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

interface Child {
  /** Its first line, when it has said one; rejects with all it said when it ended before. */
  started: Promise<string>;
  ended: Promise<{ code: number | null; said: string }>;
  kill(signal: NodeJS.Signals): void;
}

function command(args: string[], env: Record<string, string> = {}): Child {
  const { OPENAI_WEBHOOK_SECRET: _, ...rest } = process.env;
  const child = spawn(process.execPath, [main, ...args], { env: { ...rest, ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, said }));
  const started = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => {
      if (said.includes('\n')) resolve(said);
    });
    void ended.then(() => reject(new Error(said)));
  });
  started.catch(() => undefined);
  return { started, ended, kill: (signal) => void child.kill(signal) };
}

const urlIn = (line: string) => /http:\S+\/v1/.exec(line)![0];

test.each(['SIGINT', 'SIGTERM'] as const)(
  'it plays a scenario until %s, and keeps its state',
  async (signal) => {
    const scenario = file('hello.json', '{"rules": [], "otherwise": {"reply": "Servus."}}');
    const state = join(folder, signal, 'state');
    const options = ['--scenario', scenario, '--state', state, '--port', '0', '--ttl', '60'];
    const child = command([...options, '--profile', 'created-201,uuid-ids']);
    const url = urlIn(await child.started);
    const answer = await fetch(`${url}/threads`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer any',
        'openai-beta': 'assistants=v2',
        'content-type': 'application/json',
      },
      body: '{}',
    });
    expect(answer.status).toBe(201);
    const { id } = (await answer.json()) as { id: string };
    child.kill(signal);
    expect((await child.ended).code).toBe(0);
    expect(readFileSync(state, 'utf8')).toContain(id);
  },
);

describe('what does not fit ends it with a sentence that says how to put it right', () => {
  test.each([
    [
      'a scenario that is not there',
      ['--scenario', '/nowhere.json'],
      'The scenario file /nowhere.json cannot be read',
    ],
    [
      'a profile there is not',
      ['--profile', 'no-lock'],
      'There is no profile "no-lock". There are: no-active-run-lock',
    ],
    ['a time that is none', ['--ttl', 'soon'], "argument 'soon' is invalid. Use a whole number from 1"],
    ['a port that is none', ['--port', '70000'], 'Use a whole number from 0 to 65535'],
    [
      'a webhook without its secret',
      ['--webhook', 'http://127.0.0.1:9/'],
      'OPENAI_WEBHOOK_SECRET is not set',
    ],
    ['a webhook that is no URL', ['--webhook', 'example.org'], 'Use a URL that begins with http'],
    ['an option there is not', ['--senario', 'x'], '(Did you mean --scenario?)'],
  ])('%s', async (_, args, sentence) => {
    const { code, said } = await command(args).ended;
    expect(code).toBe(1);
    expect(said).toContain(sentence);
    expect(said).not.toMatch(/\n\s+at /);
  });

  test('a state file of somebody else', async () => {
    const { code, said } = await command(['--state', file('notes.txt', 'milk, bread\n'), '--port', '0'])
      .ended;
    expect(code).toBe(1);
    expect(said).toMatch(
      /^Line 1 of the state file \S+notes\.txt is not the simulator's\. Name another file/,
    );
  });

  test('a state file that cannot be written', async () => {
    const below = join(file('plain', 'x'), 'state');
    const { code, said } = await command(['--state', below, '--port', '0']).ended;
    expect(code).toBe(1);
    expect(said).toContain(`The state file ${below} cannot be used (`);
    expect(said).not.toMatch(/\n\s+at /);
  });

  test('a secret that is none is not shown', async () => {
    const child = command(['--webhook', 'http://127.0.0.1:9/'], { OPENAI_WEBHOOK_SECRET: 'whsec_oops' });
    const { code, said } = await child.ended;
    expect(code).toBe(1);
    expect(said).toContain('webhook.secret: must be "whsec_"');
    expect(said).not.toContain('oops');
  });

  test('a port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { code, said } = await command(['--port', String(port)]).ended;
    expect(code).toBe(1);
    expect(said).toBe(
      `The simulator cannot listen on 127.0.0.1:${port}: the port is in use. Use another port, or 0 for a free one.\n`,
    );
  });
});
