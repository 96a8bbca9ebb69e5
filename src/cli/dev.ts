import { EventEmitter } from 'node:events';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';

import { Option, type Command } from 'commander';

import { environment, gatewayConfig, providerConfig, simulatorConfig, workerConfig } from '../config.ts';
import { howToCall } from '../contracts/how-called.ts';
import { PROTOCOLS, type Protocol } from '../contracts/run.ts';
import { demoApplicationFile } from './demo/app.ts';
import { claimDevFolder, DEV_FOLDER, removeDevFile, writeDevFile, type DevFile } from './files/dev-file.ts';
import { answerForPeople, autoApprovers } from './dev/auto.ts';
import { keyLine, listenToKeys, type Key } from './dev/keys.ts';
import { logLine } from './dev/log-line.ts';
import { openUrl } from './dev/open-url.ts';
import { requirePorts } from './dev/ports.ts';
import { createProgress, isLive } from './dev/progress.ts';
import { reloadOnChange, type Reloaded } from './dev/reload.ts';
import { addressTable } from './dev/table.ts';
import { sendTestTurn, testMessage } from './dev/test-turn.ts';
import { bold, dim, green, isJson, red, say, tell, yellow } from './output.ts';
import { CommandError, runCommand, tellError, untilStopped } from './run-command.ts';
import { toPort, wholeNumber } from './settings/numbers.ts';
import { startStack, type Ports, type Stack } from './stack.ts';
import type { SupervisorEvent } from './supervisor.ts';

export function addDevCommand(program: Command): void {
  program
    .command('dev')
    .description(
      'run everything on this machine: Temporal, simulator (unless OPENAI_API_KEY is set), worker, gateway',
    )
    .option('--config <file>', 'the application file (COUNTERSIGN_CONFIG, else countersign.config.ts)')
    .option(
      '--scenario <file>',
      'what the simulator plays: a file, or a scenario it brings along (human-approval); else a refund desk',
    )
    .option(
      '--port <port>',
      'port of the gateway (COUNTERSIGN_GATEWAY_PORT, else 8080); 0 takes a free one',
      toPort,
    )
    .option(
      '--simulator-port <port>',
      'port of the simulator (COUNTERSIGN_SIMULATOR_PORT, else 8090)',
      toPort,
    )
    .option('--temporal-port <port>', 'port of the Temporal server (7233)', toPort)
    .option('--temporal-ui-port <port>', "port of Temporal's UI (8233)", toPort)
    .option('--ttl <seconds>', 'how long a run of the simulator lives', wholeNumber(1, 31_536_000), 600)
    .addOption(providerOption())
    .option(
      '--message <text>',
      'what the key t says (default: one that the scenario answers with a question)',
    )
    .option('--auto <how...>', 'decide in place of people: approve, deny, or script FILE; not in production')
    .option('--no-watch', 'do not take up changes of application and scenario')
    .option('--verbose', 'show every line of the logs')
    .addHelpText(
      'after',
      `\nOn a terminal single keys open the inbox and the Temporal UI, and start a test turn. ${DEV_FOLDER}/dev.json has addresses and keys.\n` +
        'With --json: one event a line; the first one, dev.started, has the addresses.',
    )
    .action(runCommand(dev));
}

/** Which protocol is spoken; without it COUNTERSIGN_PROVIDER says so, or its default. */
export function providerOption(): Option {
  return new Option('--provider <protocol>', 'the protocol the provider speaks').choices(PROTOCOLS);
}

interface Options {
  config?: string;
  scenario?: string;
  port?: number;
  simulatorPort?: number;
  temporalPort?: number;
  temporalUiPort?: number;
  ttl: number;
  provider?: Protocol;
  message?: string;
  auto?: string[];
  watch: boolean;
  verbose?: boolean;
}

async function dev(options: Options): Promise<void> {
  if (options.scenario !== undefined && providerConfig().apiKey !== undefined) {
    throw new CommandError(
      '--scenario is for the simulator, but OPENAI_API_KEY is set, so OpenAI is asked: leave one of them out.',
    );
  }
  const people = options.auto && (await autoApprovers(options.auto));
  const scenarioFile = options.scenario && (await scenarioPath(options.scenario));
  const lock = await claimDevFolder();
  const ended = new AbortController();
  void untilStopped().then(() => ended.abort());
  try {
    const running = await start(options, scenarioFile);
    try {
      if (people !== undefined) {
        say(
          red(
            bold(
              `--auto ${options.auto?.join(' ') ?? ''}: nobody is asked. Decisions are made in people's place.`,
            ),
          ),
        );
        say();
        answerForPeople(people, running.at.temporal, ended.signal).catch((error: unknown) =>
          tellError(error, {}),
        );
      }
      await serve(running, { ...options, scenarioFile }, ended);
    } finally {
      say('Ending.');
      await removeDevFile();
      await running.stack.stop();
      tell({ event: 'dev.stopped' });
    }
  } finally {
    ended.abort();
    lock.release();
  }
}

interface Running {
  stack: Stack;
  at: DevFile;
  applicationFile: string;
}

async function start(options: Options, scenarioFile: string | undefined): Promise<Running> {
  const applicationFile = await chooseApplication(options.config);
  const ports = portsOf(options);
  const progress = createProgress();
  const restarted = new EventEmitter();
  let isUp = false;
  try {
    await requirePorts(wantedPorts(ports), (message) => progress.step(message));
    const stack = await startStack({
      ...{ folder: DEV_FOLDER, keepsState: true, ports, applicationFile, runTtlSeconds: options.ttl },
      ...(options.provider && { protocol: options.provider }),
      ...(scenarioFile !== undefined && { scenarioFile }),
      onProgress: (message) => progress.step(message),
      onEvent: (event) => {
        if (!isUp) progress.done();
        showEvent(event);
        if (event.type === 'process.restarted' || event.type === 'process.started') restarted.emit('changed');
      },
      onOutput: (name, line) => {
        if (isUp || !isLive(process.stdout)) showLog(name, line, options);
      },
    });
    const rewrite = async (): Promise<void> => writeDevFile(await stack.describe());
    restarted.on('changed', () => void rewrite());
    await rewrite();
    isUp = true;
    return { stack, at: await stack.describe(), applicationFile };
  } finally {
    progress.done();
  }
}

/** Runs until Ctrl+C, a signal, or q. */
async function serve(
  { stack, at, applicationFile }: Running,
  options: Options & { scenarioFile: string | undefined },
  ended: AbortController,
): Promise<void> {
  const { scenarioFile } = options;
  const message = async (): Promise<string> => options.message ?? testMessage(scenarioFile);
  const isInteractive = process.stdin.isTTY && isLive(process.stdout) && !isJson();
  const keys: Key[] = [
    { key: 'i', does: 'inbox', run: async () => open((await stack.describe()).inboxLink) },
    ...(at.temporalUi === null
      ? []
      : [{ key: 'u', does: 'Temporal UI', run: () => open(at.temporalUi ?? '') }]),
    { key: 't', does: 'test turn', run: async () => sendTestTurn(at, await message(), ended.signal) },
    { key: '?', does: 'this again', run: async () => showUp(await stack.describe()) },
    { key: 'q', does: 'quit', run: () => ended.abort() },
  ];
  const showUp = (now: DevFile): void => {
    say();
    say(bold('Countersign is up.') + ' What is in flight goes on with the next start.');
    addressTable({ at: now, applicationFile, scenarioFile }).forEach((line) => say(line));
    if (isInteractive) say(`  ${keyLine(keys, bold)}`);
    say();
  };
  const stopReloading = options.watch
    ? reloadOnChange({
        ...{ stack, applicationFile, scenarioFile: scenarioFile ?? null, simulator: at.simulator },
        onReloaded: showReloaded,
      })
    : () => undefined;
  showUp(at);
  if (!isInteractive) say(`  try          ${howToCall(`turn "${await message()}"`)}\n`);
  const { apiKey: _key, webhookSecret: _secret, inboxLink: _link, ...addresses } = at;
  tell({ event: 'dev.started', ...addresses, file: `${DEV_FOLDER}/dev.json` });
  const stopListening = isInteractive
    ? listenToKeys(process.stdin, keys, {
        onQuit: () => ended.abort(),
        onError: (error) => {
          if (!ended.signal.aborted) say(red(error instanceof Error ? error.message : String(error)));
        },
      })
    : () => undefined;
  try {
    await aborted(ended.signal);
  } finally {
    stopListening();
    stopReloading();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
}

function open(url: string): void {
  say(url);
  openUrl(url);
}

function portsOf({ port, simulatorPort, temporalPort = 7233, temporalUiPort = 8233 }: Options): Ports {
  return {
    gateway: port ?? gatewayConfig().port,
    simulator: simulatorPort ?? simulatorConfig().port,
    temporal: temporalPort,
    temporalUi: temporalUiPort,
  };
}

/** Those that `dev` itself listens on: not those of a server or a provider that is somewhere else. */
function wantedPorts({ gateway, simulator, temporal, temporalUi }: Ports) {
  return [
    ...(environment.TEMPORAL_ADDRESS
      ? []
      : [
          { port: temporal, whose: 'the Temporal server', flag: '--temporal-port' },
          { port: temporalUi, whose: "Temporal's UI", flag: '--temporal-ui-port' },
        ]),
    ...(providerConfig().apiKey === undefined
      ? [{ port: simulator, whose: 'the simulator', flag: '--simulator-port' }]
      : []),
    { port: gateway, whose: 'the gateway', flag: '--port' },
  ];
}

async function chooseApplication(config: string | undefined): Promise<string> {
  const file = config ?? workerConfig().applicationFile;
  if (config !== undefined || (await isThere(file))) return resolve(file);
  say(yellow(`There is no ${file} here, so the example refund desk is used.`));
  return demoApplicationFile;
}

/** A file's path made whole; the name of a scenario that the simulator brings along stays as it is. */
async function scenarioPath(given: string): Promise<string> {
  return (await isThere(given)) ? resolve(given) : given;
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function showLog(name: string, line: string, { verbose = false }: Options): void {
  if (!isLive(process.stdout)) {
    say(dim(`${name.padEnd(9)} ${line}`));
    return;
  }
  const shown = logLine(name, line, { isVerbose: verbose });
  if (shown !== null) say(shown);
}

function showReloaded(reloaded: Reloaded): void {
  const { what, file } = reloaded;
  tell({ event: `${what}.${reloaded.ok ? 'reloaded' : 'refused'}`, ...reloaded });
  if (reloaded.ok) say(green(`Took up the ${what}: ${file}`));
  else say(red(`The ${what} was not taken up; the one before goes on. ${reloaded.reason}`));
}

function showEvent(event: SupervisorEvent): void {
  tell({ event: event.type, ...event });
  switch (event.type) {
    case 'process.started':
      return;
    case 'process.exited':
      if (event.restartInMs !== null)
        say(yellow(`${event.name} (process ${event.pid}) died; starting it again.`));
      return;
    case 'process.restarted':
      say(yellow(`${event.name} is back (process ${event.pid}).`));
      return;
    case 'process.restart_failed':
      say(yellow(`${event.name} did not come back: ${event.reason}`));
      return;
    default:
      event satisfies never;
  }
}
