import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { searchAttributeFlags } from './attributes.ts';
import type { Environment, TemporalContext } from './context.ts';
import { reasonOf, TemporalServerError } from './error.ts';
import { GuardLockedError, spawnGuarded, type GuardedExit, type GuardedProcess } from './guarded.ts';
import { becomesFree, freePort, HOST } from './ports.ts';
import { waitUntilReady } from './ready.ts';

export interface StartOptions {
  binary: string;
  namespace: string;
  context: TemporalContext;
  port?: number | undefined;
  uiPort?: number | false | undefined;
  databaseFile?: string | undefined;
  logFile?: string | undefined;
}

export interface StartedServer {
  address: string;
  uiUrl: string | null;
  process: GuardedProcess;
}

const ATTEMPTS = 5;
const READY_LIMIT_MS = 60_000;
const GRACE_MS = 3_000;
/** A predecessor whose parent was killed may need its grace time before it lets go of its port and its file. */
const PREDECESSOR_LIMIT_MS = GRACE_MS + 1_000;
const LINES_SHOWN = 8;
const PORT_TAKEN = /address already in use|Only one usage of each socket address/;

/**
 * The default of 20 reads a second makes every hop of the one-shard development server wait about 40 ms (docs/decisions): a
 * decision reached its submit in 69 ms, with these in 15 ms.
 */
const DYNAMIC_CONFIG = [
  'history.transferProcessorMaxPollRPS=10000',
  'history.timerProcessorMaxPollRPS=10000',
  'history.visibilityProcessorMaxPollRPS=10000',
  // Tasks that are done stay in their queue until it is cleared, every 30 s by default, and each new one is compared with all of them: at
  // 17 turns a second a turn took the server 45 ms of processor time in the first half minute and 63 ms after it, with this 41 to 44.
  'history.transferProcessorUpdateAckInterval="1s"',
  'history.timerProcessorUpdateAckInterval="1s"',
  'history.visibilityProcessorUpdateAckInterval="1s"',
  // Timers are looked for up to this much ahead, and ring late by as much: a second by default, which every deadline then took longer.
  'history.timerProcessorMaxTimeShift="20ms"',
  // An activity is handed to the worker with the answer to the task that asked for it, not by way of a queue.
  'system.enableActivityEagerExecution=true',
  // Of four partitions of a task queue three forward to the first, ten tasks a second at most: when many turns begin at once a few
  // wait two seconds for their first task. One server needs no second partition.
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
  // The development server reads its search attributes anew with each request, 50 times in a turn, so that new ones are known at
  // once. Ours are there before it starts.
  'system.forceSearchAttributesCacheRefreshOnRead=false',
];

/**
 * Go's default of 100 collects the server's garbage whenever its heap has doubled: a tenth of its processor time with turns at
 * work, because what is alive is small. `GOGC` in the environment wins.
 */
const GARBAGE_PERCENT = '200';

/**
 * Starts the development server and waits until it can be used. Ports nobody named are the operating system's choice, and chosen
 * again when someone else took one in between.
 */
export async function startServer(options: StartOptions): Promise<StartedServer> {
  const { context, databaseFile, logFile } = options;
  await claim('port', options.port, context);
  await claim('uiPort', options.uiPort, context);
  for (const file of [databaseFile, logFile]) {
    if (file !== undefined) await makeFolder(dirname(resolve(file)));
  }
  for (let attempt = 1; ; attempt += 1) {
    const port = await portOrFree(options.port);
    const uiPort = options.uiPort === false ? null : await portOrFree(options.uiPort);
    context.onProgress(`Starting the Temporal server on port ${port}`);
    const server = await launch(options, port, uiPort);
    const address = `${HOST}:${port}`;
    const uiUrl = uiPort === null ? null : `http://${HOST}:${uiPort}`;
    const died = new AbortController();
    void server.exited.then((exit) => died.abort(new DiedAtStart(exit, databaseFile)));
    try {
      const signal = AbortSignal.any([died.signal, context.signal, AbortSignal.timeout(READY_LIMIT_MS)]);
      await waitUntilReady({
        ...{ address, uiUrl, namespace: options.namespace },
        context: { ...context, signal },
      });
      // Whoever answered was this process only if it still lives: on a taken port it would have died.
      died.signal.throwIfAborted();
      return { address, uiUrl, process: server };
    } catch (error) {
      await server.stop();
      if (!(error instanceof DiedAtStart && error.portTaken && attempt < ATTEMPTS)) throw error;
    }
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new TemporalServerError(
      `Folder ${folder}, wanted for Temporal's files, cannot be made: ${reasonOf(error)}.`,
    );
  }
}

async function portOrFree(port: number | undefined): Promise<number> {
  return port === undefined || port === 0 ? freePort() : port;
}

/** Sees to it that a port somebody named is free; 0 and false name none. */
async function claim(
  option: 'port' | 'uiPort',
  port: number | false | undefined,
  { onProgress }: TemporalContext,
) {
  if (!port) return;
  const onWait = () => onProgress(`Port ${port} is in use; waiting a moment`);
  const free = await becomesFree(port, PREDECESSOR_LIMIT_MS, onWait).catch((error: unknown) => {
    throw new TemporalServerError(
      `Port ${port} (${option}) cannot be used for Temporal: ${reasonOf(error)}.`,
    );
  });
  if (free) return;
  throw new TemporalServerError(
    `Port ${port} (${option}), wanted for the Temporal server, is in use by another process. Stop that process, choose another ` +
      'port, or 0 for a free one. If it is a Temporal server you want to use, set TEMPORAL_ADDRESS.',
  );
}

async function launch(options: StartOptions, port: number, uiPort: number | null): Promise<GuardedProcess> {
  const { binary, databaseFile, logFile } = options;
  const file = databaseFile === undefined ? undefined : resolve(databaseFile);
  try {
    return await spawnGuarded({
      command: binary,
      args: [
        ...['server', 'start-dev', '--ip', HOST, '--port', String(port), '--namespace', options.namespace],
        ...(uiPort === null ? ['--headless'] : ['--ui-port', String(uiPort)]),
        ...(file === undefined ? [] : databaseFlags(file)),
        ...searchAttributeFlags(),
        ...DYNAMIC_CONFIG.flatMap((setting) => ['--dynamic-config-value', setting]),
      ],
      env: { GOGC: GARBAGE_PERCENT, ...withoutTemporalVariables(options.context.env) },
      graceMs: GRACE_MS,
      ...(file === undefined ? {} : { lockFile: `${file}.lock`, lockWaitMs: PREDECESSOR_LIMIT_MS }),
      ...(logFile === undefined ? {} : { logFile: resolve(logFile) }),
    });
  } catch (error) {
    if (error instanceof GuardLockedError) {
      throw new TemporalServerError(
        `Database file ${String(file)} is in use by another Temporal server of Countersign. Stop that process, or use another file.`,
      );
    }
    throw new TemporalServerError(`${binary} cannot be started: ${reasonOf(error)}.`);
  }
}

/** With SQLite's default journal a turn takes half as long again. */
function databaseFlags(file: string): string[] {
  const pragmas = ['journal_mode=wal', 'synchronous=normal'];
  return ['--db-filename', file, ...pragmas.flatMap((pragma) => ['--sqlite-pragma', pragma])];
}

/** The CLI reads these as its own flags; what is meant for clients must not bend the server. */
function withoutTemporalVariables(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

class DiedAtStart extends TemporalServerError {
  readonly portTaken: boolean;

  constructor({ code, signal, output }: GuardedExit, databaseFile: string | undefined) {
    const how = signal ?? `exit code ${String(code)}`;
    const lines = output.slice(-LINES_SHOWN).map((line) => `  ${line}`);
    const hint =
      databaseFile === undefined
        ? []
        : [`If the database file ${databaseFile} is damaged, move it away and start again.`];
    super(
      [
        `The Temporal server ended before it could be used (${how}). The last it wrote:`,
        ...lines,
        ...hint,
      ].join('\n'),
    );
    this.portTaken = output.some((line) => PORT_TAKEN.test(line));
  }
}
