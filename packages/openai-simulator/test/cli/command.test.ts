import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Command, CommanderError } from 'commander';
import { afterAll, expect, onTestFinished, test } from 'vitest';

import { addSimulatorOptions, play, type CommandOptions } from '../../src/cli/command.ts';
import { SimulatorError } from '../../src/simulator-error.ts';

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

function command(args: string[]): Child {
  const child = spawn(process.execPath, [main, ...args]);
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

/** What the command says that cannot start. */
async function refusal(args: string[], secret?: string): Promise<string> {
  const surroundings = { host: '127.0.0.1', port: 0, secretVariable: 'THE_SECRET', secret };
  const program = addSimulatorOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .action((options: CommandOptions) => play(options, surroundings, () => undefined));
  const refused: unknown = await program.parseAsync(args, { from: 'user' }).catch((error: unknown) => error);
  if (refused instanceof SimulatorError || refused instanceof CommanderError) return refused.message;
  throw new Error(`not refused in a sentence: ${String(refused)}`);
}

const WEBHOOK = ['--webhook', 'http://127.0.0.1:9/'];

test.each<[string, string[], string, string?]>([
  ['a profile there is not', ['--profile', 'no-lock'], 'no profile "no-lock". There are: no-active-run-lock'],
  ['a time that is none', ['--ttl', 'soon'], "argument 'soon' is invalid. Use a whole number from 1"],
  ['a port that is none', ['--port', '70000'], 'Use a whole number from 0 to 65535'],
  ['a webhook without its secret', WEBHOOK, 'THE_SECRET is not set'],
  ['a webhook that is no URL', ['--webhook', 'example.org'], 'Use a URL that begins with http'],
  ['a secret that is none, and is not shown', WEBHOOK, 'webhook.secret: must be "whsec_"', 'whsec_oops'],
  [
    'a state file that cannot be written',
    ['--state', join(file('plain', 'x'), 'state')],
    `The state file ${folder}/plain/state cannot be used (`,
  ],
])('%s is refused with a sentence that says how to put it right', async (_, args, sentence, secret) => {
  const said = await refusal(args, secret);
  expect(said).toContain(sentence);
  expect(said).not.toContain('oops');
});

test('what does not fit ends the process with a sentence and no more', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void taken.close());
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  expect(await command(['--port', String(port)]).ended).toEqual({
    code: 1,
    said: `The simulator cannot listen on 127.0.0.1:${port}: the port is in use. Use another port, or 0 for a free one.\n`,
  });
  const { code, said } = await command(['--senario', 'x']).ended;
  expect(code).toBe(1);
  expect(said).toContain('(Did you mean --scenario?)');
  expect(said).not.toMatch(/\n\s+at /);
});
