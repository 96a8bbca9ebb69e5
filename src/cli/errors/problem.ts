import { SimulatorError } from '@countersign/openai-simulator';
import { CommanderError } from 'commander';
import { InitError } from 'create-countersign';

import { InputError, PendingApprovalsError, QueueFullError, TemporalUnavailableError } from '../../client.ts';
import { ConfigError } from '../../config.ts';
import { DefinitionError } from '../../contracts/definition-error.ts';
import { ListenError, SettingsFileError } from '../../gateway/app.ts';
import {
  RecordMismatchError,
  StoreInputError,
  StoreSchemaError,
  StoreUnavailableError,
} from '../../store/errors.ts';
import { NotReadyError } from '../child-process.ts';
import { TemporalServerError } from '../temporal/error.ts';
import { TestingError } from '../../testing/production.ts';
import { CommandError } from './command-error.ts';
import { EXIT_CODES, type ExitName } from './exit-codes.ts';

/** What went wrong, as a problem document (RFC 9457): what `--json` writes to standard error. */
export interface CommandProblem {
  /** `urn:countersign:problem:<key>`; where the gateway has the same problem, its key. */
  type: string;
  title: string;
  /** What happened and what to do; never arguments, message text or secrets. */
  detail: string;
  /** The command's exit code. */
  exitCode: number;
}

type Failure = Exclude<ExitName, 'done'>;
const FAILURES = (Object.entries(EXIT_CODES) as [Failure, { code: number }][]).filter(
  ([, { code }]) => code > 0,
);

const TITLES: Record<Failure, string> = {
  unexpected: 'Something went wrong on our side',
  usage: 'The command, a setting or a file does not fit',
  'not-found': 'There is no such thing',
  'not-applied': 'The decision was not applied',
  failed: 'It failed',
  unavailable: 'Something that is needed cannot be used',
  interrupted: 'It was interrupted',
};

/** How the errors that a person can put right end a command, and which problem they are. */
const EXPECTED: readonly (readonly [kind: new (...args: never[]) => Error, exit: Failure, key: string])[] = [
  [ConfigError, 'usage', 'invalid-settings'],
  [DefinitionError, 'usage', 'invalid-settings'],
  [SettingsFileError, 'usage', 'invalid-settings'],
  [InitError, 'usage', 'usage'],
  [TestingError, 'usage', 'usage'],
  [InputError, 'usage', 'invalid-request'],
  [PendingApprovalsError, 'not-applied', 'approvals-pending'],
  [QueueFullError, 'not-applied', 'queue-full'],
  [ListenError, 'unavailable', 'port-unavailable'],
  [TemporalServerError, 'unavailable', 'temporal-unavailable'],
  [TemporalUnavailableError, 'unavailable', 'temporal-unavailable'],
  [StoreInputError, 'usage', 'invalid-request'],
  [StoreUnavailableError, 'unavailable', 'store-unavailable'],
  [StoreSchemaError, 'unavailable', 'store-unavailable'],
  [RecordMismatchError, 'unavailable', 'store-unavailable'],
];

/** @returns what a command ends with that has thrown this, and tells about it. */
export function toProblem(error: unknown): CommandProblem {
  const { exit, key, members } = classify(error);
  const message = error instanceof Error ? error.message : String(error);
  const detail = error instanceof CommanderError ? message.replace(/^error: /, '') : message;
  return {
    ...members,
    type: `urn:countersign:problem:${key}`,
    title: TITLES[exit],
    detail,
    exitCode: EXIT_CODES[exit].code,
  };
}

function classify(error: unknown): {
  exit: Failure;
  key: string;
  members?: Readonly<Record<string, unknown>>;
} {
  if (error instanceof CommandError) {
    const { exit = 'usage', problem = exit, members = {} } = error.details;
    return { exit, key: problem, members };
  }
  if (error instanceof CommanderError) return { exit: 'usage', key: 'usage' };
  if (error instanceof SimulatorError) {
    const isPort =
      error.cause instanceof Error && 'syscall' in error.cause && error.cause.syscall === 'listen';
    return isPort
      ? { exit: 'unavailable', key: 'port-unavailable' }
      : { exit: 'usage', key: 'invalid-settings' };
  }
  if (error instanceof NotReadyError) {
    const [exit] = FAILURES.find(([, { code }]) => code === error.exitCode) ?? ['unexpected'];
    return { exit, key: exit === 'unexpected' ? 'internal' : exit };
  }
  const found = EXPECTED.find(([kind]) => error instanceof kind);
  if (found === undefined) return { exit: 'unexpected', key: 'internal' };
  const [, exit, key] = found;
  return { exit, key };
}
