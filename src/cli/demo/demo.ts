import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Option, type Command } from 'commander';

import type { Approval } from '../../contracts/approval/approval.ts';
import type { Protocol } from '../../contracts/run.ts';
import type { TurnView } from '../../contracts/turn.ts';
import { visible, visibleLines } from '../../contracts/visible/visible.ts';
import { demoApplicationFile } from './app.ts';
import { createDemoApi, type DemoApi } from './api.ts';
import { askPerson, SCRIPTED, type Choice } from './choice.ts';
import { showReceipt } from './receipt.ts';
import { providerOption } from '../dev.ts';
import { bold, card, dim, green, say, yellow } from '../output.ts';
import { CommandError, runCommand } from '../run-command.ts';
import { startStack, type Stack } from '../stack.ts';

interface Options {
  decide?: keyof typeof SCRIPTED;
  kill?: 'worker' | 'gateway';
  message: string;
  provider?: Protocol;
}

/** With 30 s to live less the submit margin, an unanswered approval expires after about ten seconds. */
const EXPIRING_TTL_SECONDS = 30;

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('watch an assistant ask to refund an order, decide, and see what happens; nothing is kept')
    .addOption(new Option('--decide <decision>', 'decide without asking').choices(Object.keys(SCRIPTED)))
    .addOption(
      new Option('--kill <process>', 'kill a process while the approval is pending').choices([
        'worker',
        'gateway',
      ]),
    )
    .addOption(providerOption())
    .option('--message <text>', 'what the user says', 'Please refund order A-1042, it arrived broken')
    .action(runCommand(demo));
}

async function demo(options: Options): Promise<void> {
  const isInteractive = options.decide === undefined && process.stdin.isTTY && process.stdout.isTTY;
  const scripted = isInteractive ? undefined : (options.decide ?? 'approve');
  const folder = await mkdtemp(join(tmpdir(), 'countersign-demo-'));
  let stack: Stack | undefined;
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort(new CommandError('Interrupted.', { exit: 'interrupted' }));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const failure = new Promise<never>((_, reject) => {
    interrupted.signal.addEventListener('abort', () => reject(interrupted.signal.reason as Error));
  });
  failure.catch(() => undefined); // it is raced below, or nobody needs it
  try {
    const starting = startStack({
      folder,
      keepsState: false,
      isSigned: true,
      applicationFile: demoApplicationFile,
      runTtlSeconds: scripted === 'expire' ? EXPIRING_TTL_SECONDS : 600,
      ...(options.provider && { protocol: options.provider }),
      onProgress: (message) => say(dim(message)),
      onEvent: (event) => {
        if (event.type === 'process.restarted') say(dim(`The ${event.name} is back (process ${event.pid}).`));
      },
      onOutput: () => undefined,
    });
    // A start that is interrupted is still waited for, so that it can be undone.
    stack = await starting;
    await Promise.race([play(stack, { ...options, scripted, signal: interrupted.signal }), failure]);
  } finally {
    interrupted.abort();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    say(dim('Ending everything that was started.'));
    await stack?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Play extends Options {
  scripted: keyof typeof SCRIPTED | undefined;
  signal: AbortSignal;
}

async function play(stack: Stack, { message, kill, scripted, signal }: Play): Promise<void> {
  const { gateway, apiKey, inboxLink, temporalUi } = await stack.describe();
  const api = createDemoApi({ gateway, apiKey, signal });
  say();
  if (temporalUi !== null) say(`Temporal UI   ${temporalUi}`);
  say(`User          ${bold(visible(message))}`);

  const { turnId } = await api.startTurn({ conversationId: 'demo', message });
  say(event('turn.started', turnId));
  let turn = await api.waitForTurn(turnId);
  const approval = turn.approvals.find(({ status }) => status === 'pending');
  if (approval === undefined) {
    showEnd(turn);
    return;
  }
  say(event('approval.requested', approval.approvalId));
  say();
  card(approval).forEach((line) => say(line));
  say();
  say(`Inbox         ${inboxLink}`);
  say();

  if (kill !== undefined) await killProcess(stack, kill);
  await decide(api, approval, scripted, signal);
  if (kill === 'worker') {
    say(dim('Starting the worker again.'));
    await stack.restart(kill);
  }

  turn = await api.waitUntilOver(turnId);
  for (const settled of turn.approvals) {
    const by = settled.decision === undefined ? '' : ` by ${visible(settled.decision.approver.id)}`;
    say(event(`approval.${settled.status}`, `${settled.approvalId}${by}`));
    if (settled.outcome !== undefined) say(event(`action.${settled.outcome}`, settled.tool));
  }
  showEnd(turn);
  if (stack.publicKeys !== null) await showReceipt(api, approval.approvalId, stack.publicKeys);
}

async function killProcess(stack: Stack, name: 'worker' | 'gateway'): Promise<void> {
  stack.kill(name, 'SIGKILL', { restart: false });
  while (name in (await stack.describe()).pids) await sleep(20);
  say(yellow(`Killed the ${name} with SIGKILL while the approval is pending.`));
  if (name === 'gateway') {
    // Decisions come in through it, so it is back before anybody decides; what was pending still is.
    say(dim('Starting the gateway again.'));
    await stack.restart(name);
  }
}

/** Decides as told, or asks; a decision made in the inbox meanwhile ends the asking. */
async function decide(
  api: DemoApi,
  approval: Approval,
  scripted: Play['scripted'],
  signal: AbortSignal,
): Promise<void> {
  let choice: Choice | null;
  if (scripted === undefined) {
    const elsewhere = new AbortController();
    const ended = AbortSignal.any([signal, elsewhere.signal]);
    const watching = api.waitUntilDecided(approval.approvalId, ended).then(() => elsewhere.abort());
    choice = await askPerson(approval, ended);
    elsewhere.abort();
    await watching.catch(() => undefined); // it was only to end the asking
    if (choice === null) say(dim('Decided in the inbox, or time is up.'));
  } else {
    choice = SCRIPTED[scripted];
    if (choice === null) say(dim('Nobody decides. Waiting for the deadline…'));
  }
  if (choice === null) return;
  say(dim(`Decision: ${choice.decision}`));
  say(event('decision.answered', await api.decide(approval.approvalId, choice)));
}

function showEnd(turn: TurnView): void {
  say(event(`turn.${turn.status}`, turn.turnId));
  say();
  if (turn.reply !== undefined) {
    say(`Assistant     ${green(visibleLines(turn.reply))}`);
    return;
  }
  throw new CommandError(
    turn.failure ? `${turn.failure.type}: ${turn.failure.message}` : `The turn is ${turn.status}.`,
  );
}

function event(name: string, text: string): string {
  return `${dim(name.padEnd(20))} ${text}`;
}
