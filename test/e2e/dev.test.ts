import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { DEFAULT_SCENARIO } from '@countersign/openai-simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { TurnPage } from '../../src/client.ts';
import { EXIT_CODES } from '../../src/cli/errors/exit-codes.ts';
import type { TurnView } from '../../src/contracts/turn.ts';
import { demoApplicationFile } from '../../src/cli/demo/app.ts';
import type { DevFile } from '../../src/cli/files/dev-file.ts';
import { temporalAddress } from '../setup/temporal.ts';
import { testFolder } from '../support/folder.ts';
import { isAlive, startCli, type RunningCommand } from '../support/cli.ts';
import { runHere } from '../support/cli-here.ts';
import { until } from '../../src/testing/wait.ts';

const folder = testFolder();
let command: RunningCommand;
// Another server than the one on the well-known port, which may be in use on this machine.
const options = { cwd: folder, env: { COUNTERSIGN_TASK_QUEUE: 'dev-test' } };
const ASK = 'Please refund order A-1042, it arrived broken';
const env = () => ({
  TEMPORAL_ADDRESS: temporalAddress(),
  COUNTERSIGN_TASK_QUEUE: 'dev-test',
  COUNTERSIGN_GATEWAY_PORT: '0',
  COUNTERSIGN_SIMULATOR_PORT: '0',
});

beforeAll(async () => {
  // What a machine that lost its power leaves behind.
  await mkdir(join(folder, '.countersign'));
  await writeFile(path(), '{"gateway": "http://127.0.0.1:80');
  await writeFile(join(folder, 'countersign.config.ts'), "export { default } from './desk.ts';");
  await writeDesk('');
  await writeFile(join(folder, 'scenario.json'), JSON.stringify(DEFAULT_SCENARIO));
  command = startCli(['dev', '--scenario', 'scenario.json'], { cwd: folder, env: env() });
});
afterAll(async () => {
  command.child.kill('SIGKILL');
  await command.finished;
});

/** What the application file loads: its own changes count as the application's. */
const writeDesk = (before: string) =>
  writeFile(
    join(folder, 'desk.ts'),
    `${before}\nexport { default } from '${pathToFileURL(demoApplicationFile).href}';\n`,
  );
const path = () => join(folder, '.countersign', 'dev.json');
const readDev = (): Promise<DevFile | null> =>
  readFile(path(), 'utf8')
    .then((text) => JSON.parse(text) as DevFile)
    .catch(() => null);

test('a second dev that comes while the first one starts is refused, and overwrites nothing', async () => {
  const file = (name: string) => readFile(join(folder, '.countersign', name), 'utf8').catch(() => null);
  const names = ['api-keys.json', 'webhook-secrets.json', 'session-secret'];
  await until('the last of the secrets', () => file('session-secret'));
  const before = await Promise.all(names.map(file));
  const second = await runHere(['dev'], { cwd: folder, env: env() });
  expect(second).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('already runs in this') as string,
  });
  expect(await Promise.all(names.map(file))).toEqual(before);
});

test('dev says where everything is, in a file that only its owner reads', async () => {
  const dev = await until('dev.json', readDev);
  expect(dev).toMatchObject({
    gateway: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
    simulator: expect.stringMatching(/\/v1$/) as string,
    temporal: temporalAddress(),
    apiKey: expect.stringMatching(/^csk_/) as string,
    webhookSecret: expect.stringMatching(/^whsec_/) as string,
    inboxLink: expect.stringContaining('/inbox/login?token=') as string,
  });
  expect(Object.keys(dev.pids).sort()).toEqual(['gateway', 'main', 'simulator', 'worker']);
  expect((await stat(path())).mode & 0o077).toBe(0);
  expect((await fetch(`${dev.gateway}/readyz`)).status).toBe(200);
});

test('the command line finds it: a turn is started, approved and answered', async () => {
  await until('dev.json', readDev);
  const started = await runHere(['turn', ASK], options);
  expect(started.stderr).toBe('');
  const approvalId = /approvals approve (\S+)/.exec(started.stdout)?.[1] ?? '';
  expect((await runHere(['approvals', 'show', approvalId], options)).stdout).toContain('refund_order');
  await until('the approval in the list', async () => {
    const { stdout } = await runHere(['approvals', 'list'], options);
    return stdout.includes(approvalId);
  });
  const approved = await runHere(['approvals', 'approve', approvalId, '--as', 'ada'], options);
  expect(approved).toMatchObject({ code: 0, stderr: '' });
  expect(approved.stdout).toContain('Applied: the approval is approved.');
  expect(approved.stdout).toContain('refund_order was carried out.');
  expect(approved.stdout).toContain('Order A-1042 has been refunded');
  const again = await runHere(['approvals', 'deny', approvalId, '--as', 'bob'], options);
  expect(again).toMatchObject({
    code: EXIT_CODES['not-applied'].code,
    stderr: expect.stringContaining('ada decided "approve" before') as string,
  });
});

describe('with --json', () => {
  const asGrace = { ...options, env: { ...options.env, COUNTERSIGN_AS: 'grace', FORCE_COLOR: '1' } };
  const json = async <T>(...args: string[]): Promise<T> => {
    const { code, stdout, stderr } = await runHere([...args, '--json'], asGrace);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as T;
  };

  test('a turn is started, listed, denied by whom the environment names, and said to be over', async () => {
    const started = await json<TurnView>('turn', ASK);
    const { turnId, approvals } = started;
    expect(started).toMatchObject({ status: 'awaiting_decision', approvals: [{ tool: 'refund_order' }] });
    const approvalId = approvals[0]!.approvalId;
    await until('the turn in the list', async () => {
      const { turns } = await json<TurnPage>('turn', 'list', '--status', 'awaiting_decision');
      return turns.some((turn) => turn.turnId === turnId && turn.pendingApprovals[0] === approvalId) || null;
    });
    const following = startCli(['turn', 'show', turnId, '--watch', '--json'], asGrace);
    await following.says(turnId);
    expect(await json('approvals', 'deny', approvalId, '--note', 'Too old.')).toMatchObject({
      receipt: { outcome: 'applied', status: 'denied' },
      approval: { status: 'denied', decision: { approver: { id: 'grace' }, source: 'cli' } },
      turn: { status: 'completed', reply: expect.stringContaining('Too old.') as string },
      continuation: null,
    });
    const { code, stdout } = await following.finished;
    const lines = stdout.trim().split('\n');
    const seen = lines.map((line) => (JSON.parse(line) as TurnView).status);
    expect([code, seen[0], seen.at(-1)]).toEqual([0, 'awaiting_decision', 'completed']);

    const late = await runHere(['approvals', 'approve', approvalId, '--json'], asGrace);
    const exitCode = EXIT_CODES['not-applied'].code;
    expect(late).toMatchObject({ code: exitCode, stdout: '' });
    const type = 'urn:countersign:problem:approval-already-decided';
    expect(JSON.parse(late.stderr)).toMatchObject({ type, exitCode, receipt: { outcome: 'conflict' } });
  });

  test('a list that is watched ends with Ctrl+C, and says that it was interrupted', async () => {
    const watching = startCli(['approvals', 'list', '--watch', '--json'], asGrace);
    await until('the list', () => watching.output().includes('\n'));
    watching.child.kill('SIGINT');
    expect(await watching.finished).toMatchObject({ code: EXIT_CODES.interrupted.code, stderr: '' });
  });

  test('a turn is cancelled once, and a second time is told why not', async () => {
    const { turnId } = await json<TurnView>('turn', 'Please refund order A-1043, it arrived broken');
    expect(await json('turn', 'cancel', turnId)).toMatchObject({
      status: 'cancelled',
      approvals: [{ status: 'cancelled' }],
    });
    const again = await runHere(['turn', 'cancel', turnId, '--json'], asGrace);
    expect(again.code).toBe(EXIT_CODES['not-applied'].code);
    expect(JSON.parse(again.stderr)).toMatchObject({ type: 'urn:countersign:problem:turn-over' });
  });
});

test('a change of the application is taken up once it works; until then the one before goes on', async () => {
  const started = await runHere(['turn', ASK, '--json'], options);
  const { approvals } = JSON.parse(started.stdout) as TurnView;
  const before = (await until('dev.json', readDev)).pids.worker;
  await writeDesk("throw new Error('a slip of the pen');");
  await said('The application was not taken up; the one before goes on.');
  await said('a slip of the pen');
  expect((await readDev())?.pids.worker).toBe(before);
  await writeDesk('// mended');
  await said('Took up the application');
  await until('another worker', async () => ((await readDev())?.pids.worker === before ? null : true));
  const approved = await runHere(['approvals', 'approve', approvals[0]!.approvalId], options);
  expect(approved.stdout).toContain('refund_order was carried out.');
});

test('a change of the scenario is played from then on; one with a mistake is told, and changes nothing', async () => {
  const scenario = join(folder, 'scenario.json');
  const runsBefore = await simulatorState();
  await writeFile(scenario, '{\n "rulez": []\n}');
  await said('line 2: the whole has the unknown field "rulez". Did you mean "rules"?');
  await writeFile(scenario, '{"rules": [], "otherwise": {"reply": "Bonjour"}}');
  await said('Took up the scenario');
  expect((await runHere(['turn', 'Hello'], options)).stdout).toContain('Bonjour');
  expect((await simulatorState()).slice(0, runsBefore.length)).toEqual(runsBefore);
});

const said = (text: string) => command.says(text);

async function simulatorState(): Promise<string[]> {
  const { simulator } = await until('dev.json', readDev);
  const answer = await fetch(new URL('/_simulator/state', simulator!));
  return ((await answer.json()) as { runs: { id: string }[] }).runs.map(({ id }) => id);
}

test('a process that is killed comes back', async () => {
  const { pids } = await until('dev.json', readDev);
  for (const name of ['worker', 'gateway', 'simulator']) {
    process.kill(pids[name]!, 'SIGKILL');
    await until(`another ${name}`, async () => {
      const pid = (await readDev())?.pids[name];
      return (pid !== undefined && pid !== pids[name]) || null;
    });
  }
  const dev = await until('dev.json', readDev);
  expect((await fetch(`${dev.gateway}/readyz`)).status).toBe(200);
});

test('it ends in order, and leaves no process and no file behind', async () => {
  const { pids } = await until('dev.json', readDev);
  command.child.kill('SIGTERM');
  const { code } = await command.finished;
  expect(code).toBe(0);
  expect(Object.values(pids).filter(isAlive)).toEqual([]);
  expect(await readDev()).toBeNull();
});

test('it starts although another process has the number of an earlier dev', async () => {
  await writeFile(path(), JSON.stringify({ ...stale, pids: { main: process.pid } }));
  const answer = { tool: 'refund_order', decision: 'deny', note: 'Closed.' };
  await writeFile(join(folder, 'answers.json'), JSON.stringify([answer]));
  await writeFile(join(folder, 'browser'), '#!/bin/sh\necho "$1" >> opened\n', { mode: 0o755 });
  // With a Temporal server of its own: only that one has a UI to open.
  const { TEMPORAL_ADDRESS: _, ...own } = { ...env(), BROWSER: join(folder, 'browser') };
  const args = ['--auto', 'script', 'answers.json', '--temporal-port', '0', '--temporal-ui-port', '0'];
  command = startCli(['dev', ...args], { cwd: folder, env: own, isOnTerminal: true });
  const isNew = (found: DevFile | null) => found?.pids.main !== process.pid && found;
  const dev = await until('dev.json of the new dev', async () => isNew(await readDev()), 90_000);
  expect((await fetch(`${dev.gateway}/readyz`)).status).toBe(200);
});

test('with --auto a script decides in place of people, and says so', async () => {
  await said('--auto script answers.json: nobody is asked.');
  const started = await runHere(['turn', ASK, '--json'], options);
  const { turnId } = JSON.parse(started.stdout) as TurnView;
  const { stdout } = await runHere(['turn', 'show', turnId, '--watch', '--json'], options);
  expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toMatchObject({
    status: 'completed',
    reply: expect.stringContaining('Closed.') as string,
    approvals: [{ status: 'denied', decision: { approver: { id: 'approver' } } }],
  });
  await said('--auto: deny refund_order');
});

test('on a terminal its keys open the inbox and the Temporal UI, begin a test turn, and quit', async () => {
  const { gateway, temporalUi, pids } = (await readDev())!;
  const opened = () => readFile(join(folder, 'opened'), 'utf8').catch(() => '');
  const press = (key: string) => command.child.stdin!.write(key);
  press('i');
  await until('the inbox', async () => (await opened()).startsWith(`${gateway}/inbox/login?token=`));
  press('U');
  await until('the UI', async () => (await opened()).endsWith(`\n${temporalUi}\n`));
  const before = command.output().length;
  press('t');
  const turn = new RegExp(`Says "${ASK}"[^]*Waits for a decision`); // the script has but one answer
  await until('the test turn', () => turn.test(command.output().slice(before)));
  press('q');
  expect((await command.finished).code).toBe(0);
  expect(Object.values(pids).filter(isAlive)).toEqual([]);
  expect(await readDev()).toBeNull();
});

const stale: Omit<DevFile, 'pids'> = {
  ...{ gateway: 'http://127.0.0.1:1', simulator: null, temporal: '127.0.0.1:1', temporalUi: null },
  ...{ apiKey: 'csk_old', webhookSecret: 'whsec_old', inboxLink: 'http://127.0.0.1:1/inbox/login' },
};
