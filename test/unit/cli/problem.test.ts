import { CommanderError } from 'commander';
import { expect, test } from 'vitest';

import { InputError, TemporalUnavailableError } from '../../../src/client.ts';
import { EXIT_CODES } from '../../../src/cli/errors/exit-codes.ts';
import { toProblem } from '../../../src/cli/errors/problem.ts';
import { createProgram } from '../../../src/cli/program.ts';
import { CommandError } from '../../../src/cli/run-command.ts';
import { ConfigError } from '../../../src/config.ts';

test.each([
  [new ConfigError('m'), 2, 'invalid-settings'],
  [new InputError('tenant', 'm'), 2, 'invalid-request'],
  [new CommanderError(1, 'commander.unknownOption', 'error: m'), 2, 'usage'],
  [new CommandError('m'), 2, 'usage'],
  [new CommandError('m', { exit: 'not-found', problem: 'turn-not-found' }), 3, 'turn-not-found'],
  [new TemporalUnavailableError('m'), 6, 'temporal-unavailable'],
  [new TypeError('m'), 1, 'internal'],
])('%s ends a command with exit code %i, as problem %s', (error, exitCode, key) => {
  expect(toProblem(error)).toEqual({
    type: `urn:countersign:problem:${key}`,
    title: expect.any(String) as string,
    detail: 'm',
    exitCode,
  });
});

test('the help of the program lists every exit code, and no number stands for two', () => {
  const codes = Object.values(EXIT_CODES).map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
  let help = '';
  createProgram()
    .configureOutput({ writeOut: (text) => (help += text) })
    .outputHelp();
  for (const { code, means } of Object.values(EXIT_CODES))
    expect(help).toContain(`${String(code).padEnd(4)} ${means}`);
});
