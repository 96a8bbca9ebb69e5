import { EventEmitter } from 'node:events';

import { Option, type Command } from 'commander';

import { providerConfig } from '../config.ts';
import { howToCall } from '../contracts/how-called.ts';
import { PROTOCOLS, type Protocol } from '../contracts/run.ts';
import { claimDevFolder, DEV_FOLDER, removeDevFile, writeDevFile, type DevFile } from './files/dev-file.ts';
import { answerForPeople, autoApprovers } from './dev/auto.ts';
import { chooseApplication, scenarioPath } from './dev/chosen-files.ts';
import { keyLine, listenToKeys, type Key } from './dev/keys.ts';
import { openUrl } from './dev/open-url.ts';
import { portsOf, requirePorts, wantedPorts, type PortOptions } from './dev/ports.ts';
import { createProgress, isLive } from './dev/progress.ts';
import { reloadOnChange } from './dev/reload.ts';
import { showEvent, showLog, showReloaded } from './dev/show.ts';
import { addressTable } from './dev/table.ts';
import { sendTestTurn, testMessage } from './dev/test-turn.ts';
import { bold, isJson, red, say, tell } from './output.ts';
import { CommandError, runCommand, tellError, untilStopped } from './run-command.ts';
import { toPort, wholeNumber } from './settings/numbers.ts';
import { startStack, type Stack } from './stack.ts';

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

interface Options extends PortOptions {
  config?: string;
  scenario?: string;
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
      await running.end();
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
  /** Ends every process, then takes away the file that tells of them. */
  end: () => Promise<void>;
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
    const at = await stack.describe();
    const written = writeDevFile(at);
    const rewrite = async (): Promise<void> => writeDevFile(await stack.describe());
    let writing = written;
    restarted.on('changed', () => {
      writing = writing.then(rewrite).catch((error: unknown) => tellError(error, {}));
    });
    await written;
    const end = async (): Promise<void> => {
      try {
        await stack.stop();
      } finally {
        restarted.removeAllListeners();
        await writing; // or a late one would tell of processes that are gone
        await removeDevFile();
      }
    };
    isUp = true;
    return { stack, at, applicationFile, end };
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
