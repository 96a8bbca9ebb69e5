import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

import { SimulatorError } from '../simulator-error.ts';
import type { Change } from './tables.ts';

/**
 * The state file: one line of JSON for each effect, holding all its changes, so that an effect is there wholly or not at
 * all. A line is handed to the operating system before the answer goes out: a killed process loses nothing (a power
 * failure may). A last line without its end was never answered for and is dropped.
 */
export interface Journal {
  append(changes: readonly Change[]): void;
  /** Whether it is time to write the state anew: more was appended than there was at the beginning, and a good deal. */
  isLong(): boolean;
  close(): void;
}

const LONG_BYTES = 32 * 1024 * 1024;

/**
 * @param isTable - whether a table of this name is known.
 * @throws SimulatorError when the file cannot be read, or is not one of the simulator's.
 */
export function readJournal(file: string, isTable: (name: string) => boolean): Change[] {
  if (!existsSync(file)) return [];
  const text = reaching(file, () => readFileSync(file, 'utf8'));
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .slice(0, -1)
    .flatMap((line, index) => parseLine(line, isTable) ?? refuse(file, index + 1));
}

/**
 * Writes the state anew as one line, replacing the file in one move, and keeps it open for more.
 *
 * @throws SimulatorError when the file cannot be written.
 */
export function openJournal(file: string, state: readonly Change[]): Journal {
  const snapshot = Buffer.from(state.length > 0 ? `${JSON.stringify(state)}\n` : '');
  const descriptor = reaching(file, () => {
    mkdirSync(dirname(file), { recursive: true });
    const draft = `${file}.new`;
    writeFileSync(draft, snapshot, { mode: 0o600 });
    renameSync(draft, file);
    return openSync(file, 'a');
  });
  let isOpen = true;
  let appended = 0;
  return {
    append(changes) {
      if (!isOpen) throw new Error('The simulator is closed, so its state file takes no more changes.');
      const line = Buffer.from(`${JSON.stringify(changes)}\n`);
      let written = 0;
      while (written < line.length) written += writeSync(descriptor, line, written);
      appended += line.length;
    },
    isLong: () => appended > Math.max(LONG_BYTES, snapshot.length),
    close() {
      if (isOpen) closeSync(descriptor);
      isOpen = false;
    },
  };
}

function reaching<Result>(file: string, use: () => Result): Result {
  try {
    return use();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SimulatorError(
      `The state file ${file} cannot be used (${reason}). Name a file that may be read and written.`,
      { cause },
    );
  }
}

function parseLine(line: string, isTable: (name: string) => boolean): Change[] | undefined {
  const changes = tryJson(line);
  const isChange = (value: unknown): value is Change =>
    Array.isArray(value) && value.length === 3 && typeof value[0] === 'string' && isTable(value[0]);
  return Array.isArray(changes) && changes.every(isChange) ? changes : undefined;
}

function refuse(file: string, number: number): never {
  throw new SimulatorError(
    `Line ${number} of the state file ${file} is not the simulator's. Name another file, or remove this one to begin anew.`,
  );
}

function tryJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
