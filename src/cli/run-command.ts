import { Command } from 'commander';

import { EXIT_CODES } from './errors/exit-codes.ts';
import { toProblem } from './errors/problem.ts';
import { globalsOf } from './globals.ts';
import { isJson, speakAs } from './output.ts';
import { useProfile } from './settings/profile.ts';

export { CommandError } from './errors/command-error.ts';

/**
 * Runs a command's action. What goes wrong is told in a sentence, or with --json as a problem document, and ends the command with the
 * exit code of errors/exit-codes.ts. A fault of ours is told apart, and shows its stack only with --trace.
 */
export function runCommand<Arguments extends unknown[]>(
  action: (...args: Arguments) => Promise<void>,
): (...args: Arguments) => Promise<void> {
  return async (...args) => {
    const globals = globalsOf(args.find((arg) => arg instanceof Command));
    speakAs(globals);
    try {
      await useProfile(globals.profile);
      await action(...args);
    } catch (error) {
      tellError(error, globals);
    }
  };
}

/** Tells what went wrong, on standard error, and sets the exit code. */
export function tellError(error: unknown, { trace = false }: { trace?: boolean }): void {
  const problem = toProblem(error);
  const isUnexpected = problem.exitCode === EXIT_CODES.unexpected.code;
  process.exitCode = problem.exitCode;
  if (isJson()) console.error(JSON.stringify(problem));
  else console.error(isUnexpected ? `Something went wrong: ${problem.detail}` : problem.detail);
  if (trace) console.error(error);
  else if (isUnexpected && !isJson()) console.error('Run the command again with --trace to see where.');
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
