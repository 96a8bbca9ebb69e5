import { SimulatorError } from '@countersign/openai-simulator';
import { InitError } from 'create-countersign';

import { ConfigError } from '../config.ts';
import { InputError, TemporalUnavailableError } from '../client.ts';
import { DefinitionError } from '../contracts/definition-error.ts';
import { ListenError, SettingsFileError } from '../gateway/app.ts';
import { TemporalServerError } from './temporal/error.ts';

/** Something a person can put right; the message says how. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

const EXPECTED = [
  CommandError,
  ConfigError,
  DefinitionError,
  InitError,
  InputError,
  ListenError,
  SettingsFileError,
  SimulatorError,
  TemporalServerError,
  TemporalUnavailableError,
];

/**
 * Runs a command's action. What a person can put right is told in a sentence and exit code 1; a fault of ours is told apart,
 * and shows its stack only with --trace.
 */
export function runCommand<Arguments extends unknown[]>(
  action: (...args: Arguments) => Promise<void>,
): (...args: Arguments) => Promise<void> {
  return async (...args) => {
    try {
      await action(...args);
    } catch (error) {
      process.exitCode = 1;
      const isExpected = EXPECTED.some((kind) => error instanceof kind);
      const message = error instanceof Error ? error.message : String(error);
      console.error(isExpected ? message : `Something went wrong: ${message}`);
      if (process.argv.includes('--trace')) console.error(error);
      else if (!isExpected) console.error('Run the command again with --trace to see where.');
    }
  };
}

/** Resolves when this process is asked to end (Ctrl+C, SIGTERM, or its supervisor is gone). */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

/** Events of a long-running process: one JSON object a line, on standard error. */
export function logEvent(event: string, fields: Readonly<Record<string, unknown>> = {}): void {
  console.error(JSON.stringify({ at: new Date().toISOString(), event, ...fields }));
}
