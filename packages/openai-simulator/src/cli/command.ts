import { InvalidArgumentError, type Command } from 'commander';

import { PROFILE_NAMES, loadScenario, startSimulator, toBehaviour, type RunningSimulator } from '../app.ts';
import { SimulatorError } from '../simulator-error.ts';

/** What a command of {@link addSimulatorOptions} was given. */
export interface CommandOptions {
  scenario?: string;
  state?: string;
  ttl: number;
  profile?: string;
  webhook?: string;
  host?: string;
  port?: number;
}

/** Where a command listens when its options do not say, and what signs its webhooks. */
export interface Surroundings {
  host: string;
  port: number;
  /** The variable that holds the secret of webhooks, for the message, and its value. */
  secretVariable: string;
  secret: string | undefined;
}

/** The options of every command that starts the simulator. */
export function addSimulatorOptions(command: Command): Command {
  return command
    .option('--scenario <file>', 'what the "model" does; the default is a refund desk')
    .option('--state <file>', 'keep its state in a file, so that it survives a restart')
    .option('--ttl <seconds>', 'how long a run lives', wholeNumber(1, 31_536_000), 600)
    .option(
      '--profile <names>',
      `deviate from OpenAI as other servers do, several with commas: ${PROFILE_NAMES.join(', ')}`,
      knownProfiles,
    )
    .option(
      '--webhook <url>',
      'tell this address that a response in the background is over, signed as OpenAI does',
      httpUrl,
    )
    .option('--host <host>', 'host name or IP address to listen on')
    .option('--port <port>', 'port to listen on; 0 takes a free one', wholeNumber(0, 65_535));
}

/**
 * Plays until this process is asked to end (Ctrl+C, SIGTERM, SIGHUP); then connections and state file are closed.
 *
 * @param started - called once it can be used.
 * @throws SimulatorError for what a person can put right.
 */
export async function play(
  options: CommandOptions,
  { secret, secretVariable, ...listenOn }: Surroundings,
  started: (simulator: RunningSimulator) => void,
): Promise<void> {
  const { scenario, state, ttl, profile, webhook, host = listenOn.host, port = listenOn.port } = options;
  if (webhook !== undefined && secret === undefined) {
    throw new SimulatorError(
      `--webhook is given, but ${secretVariable} is not set. Set it to the secret ("whsec_…") of whoever takes the events.`,
    );
  }
  const simulator = await startSimulator({
    ...{ host, port, runTtlSeconds: ttl },
    ...(scenario !== undefined && { scenario: await loadScenario(scenario) }),
    ...(state !== undefined && { stateFile: state }),
    ...(profile !== undefined && { profile }),
    ...(webhook !== undefined && secret !== undefined && { webhook: { url: webhook, secret } }),
  });
  const stopped = askedToEnd();
  started(simulator);
  await stopped;
  await simulator.close();
}

function askedToEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= minimum && number <= maximum) return number;
    throw new InvalidArgumentError(`Use a whole number from ${minimum} to ${maximum}.`);
  };
}

function httpUrl(text: string): string {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text;
  throw new InvalidArgumentError('Use a URL that begins with http:// or https://.');
}

function knownProfiles(names: string): string {
  try {
    toBehaviour(names);
    return names;
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}
