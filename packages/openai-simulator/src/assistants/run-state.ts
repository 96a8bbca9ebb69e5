import type { LibraryFile, StoredFile } from '../files/wire.ts';
import type { Latency } from '../latency.ts';
import type { Script, SettledCall } from '../scenario/model.ts';
import { createTable, type Change } from '../state/tables.ts';
import type { Message, Run, RunStep, ToolCall } from './wire.ts';
import { MESSAGES, STEPS } from './tables.ts';
import { FILES } from '../files/tables.ts';

/** What is kept of a run beside its body: what the model will do and when the next thing happens. */
export interface StoredRun {
  id: string;
  run: Run;
  script: Script;
  /** How many rounds of calls the model has made. */
  round: number;
  /** Outputs of earlier rounds, in the order of the calls. */
  settled: SettledCall[];
  /** The next thing that happens by itself. None while the run waits for outputs, is held, or is over. */
  due: { atMs: number; what: 'start' | 'act' | 'reply' | 'cancel' } | null;
  expiresAtMs: number;
  /** The message that is being written, between "act" and "reply". */
  writing: { messageId: string; text: string } | null;
  latency: Latency;
  /** Files that the run's tools can reach, as they were when it was created. */
  library?: LibraryFile[];
  /** Files that its tools have made. */
  produced?: { fileId: string; fileName: string; isImage: boolean }[];
}

export const RUNS = createTable<StoredRun>('runs');

/** A run, its steps, the messages it wrote and the files it made: what a transition may touch. */
export interface RunState {
  stored: StoredRun;
  steps: RunStep[];
  messages: Message[];
  files?: StoredFile[];
}

const TERMINAL = ['completed', 'failed', 'cancelled', 'incomplete', 'expired'];

/** Whether the run is over. A status that OpenAI doesn't have is not: the thread stays locked. */
export function isTerminal({ run }: StoredRun): boolean {
  return TERMINAL.includes(run.status);
}

/** The calls a run in requires_action waits for. */
export function waitingCalls({ run }: StoredRun): ToolCall[] {
  return run.required_action?.submit_tool_outputs.tool_calls ?? [];
}

/** What has to be written to get from one state to the other. */
export function changesBetween(before: RunState, after: RunState): Change[] {
  if (before === after) return [];
  return [
    ...after.messages.filter((message) => !before.messages.includes(message)).map((row) => MESSAGES.put(row)),
    ...(after.files ?? [])
      .filter((file) => !(before.files ?? []).includes(file))
      .map((row) => FILES.put(row)),
    ...after.steps.filter((step) => !before.steps.includes(step)).map((row) => STEPS.put(row)),
    RUNS.put(after.stored),
  ];
}

/** A state with some fields of the run's body and some of what stands beside it replaced. */
export function change(state: RunState, run: Partial<Run>, stored: Partial<StoredRun>): RunState {
  return { ...state, stored: { ...state.stored, ...stored, run: { ...state.stored.run, ...run } } };
}
