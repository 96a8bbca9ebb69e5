import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Protocol } from '../contracts/run.ts';
import { FINAL_TURN_STATUSES } from '../contracts/turn.ts';
import { startGate, type Gate, type Turn } from '../testing/gate.ts';
import { readEntries } from '../testing/journal.ts';
import { until } from '../testing/wait.ts';
import type { JudgedCall, Subject } from './calls/subjects.ts';
import { POINT_FIELD, type Note, type Point } from './host/notes.ts';

/** An application on its gate, whose tools tell what they do. */
export interface Stage {
  gate: Gate;
  /** Has the model call the tool, in a conversation of its own. */
  call(subject: Subject, call: JudgedCall, point?: Point): Promise<Turn>;
  /** What the worker told of the calls of a turn. */
  notesOf(turn: Turn): Note[];
  /** Resolves when nothing of the turn changes any more. */
  ended(turn: Turn): Promise<void>;
  /** Resolves when a call of the turn is held at its point. */
  held(turn: Turn): Promise<void>;
  close(): Promise<void>;
}

/** So long anything is waited for that takes seconds: a machine may have other things to do, and that is no fault of the application. */
export const PATIENCE_MS = 120_000;
/** Many turns are waited for at once. */
const LOOK_EVERY_MS = 200;

export async function openStage(options: {
  configFile: string;
  protocol: Protocol;
  subjects: readonly Subject[];
  onProgress?: (message: string) => void;
}): Promise<Stage> {
  const { configFile, protocol, subjects, onProgress } = options;
  // What a tool was called with stands in it: nobody else may read it.
  const folder = await mkdtemp(join(tmpdir(), 'countersign-verify-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  const notesFile = join(folder, 'notes.ndjson');
  const appFile = join(folder, 'app.mjs');
  const hostModule = new URL(`./host/host${extname(import.meta.url)}`, import.meta.url).href;
  const task = JSON.stringify({ configFile: resolve(configFile), notesFile });
  await writeFile(
    appFile,
    `import { host } from ${JSON.stringify(hostModule)};\nexport default await host(${task});\n`,
  );
  const words = wordsFor(subjects);
  try {
    const gate = await startGate({
      app: appFile,
      scenario: toScenario(words),
      ...{ protocol, patience: PATIENCE_MS },
      ...(onProgress && { onProgress }),
    });
    const notesOf = ({ turnId }: Turn): Note[] =>
      readEntries<Note>(notesFile).filter(({ key }) => key.startsWith(turnId));
    return {
      gate,
      notesOf,
      call: (subject, call, point = 'none') => {
        const { assistant, tool } = subject;
        const spoken = words.find(({ called, name }) => called === call && name === tool.name);
        const context = { user: 'verify', ...call.context, [POINT_FIELD]: point };
        return gate.say(spoken?.word ?? '', { assistant, context });
      },
      held: async (turn) => {
        await until(
          `a call of ${turn.turnId} to be held`,
          () => Promise.resolve(notesOf(turn).some(({ event }) => event === 'held') || null),
          PATIENCE_MS,
        );
      },
      ended: async (turn) => {
        await until(
          `the end of ${turn.turnId}`,
          async () => {
            const { status } = await turn.read();
            if (FINAL_TURN_STATUSES.has(status)) return true;
            await sleep(LOOK_EVERY_MS);
            return null;
          },
          PATIENCE_MS,
        );
      },
      close: async () => {
        await gate.close();
        process.off('exit', remove);
        remove();
      },
    };
  } catch (error) {
    process.off('exit', remove);
    remove();
    throw error;
  }
}

interface Word {
  word: string;
  name: string;
  called: JudgedCall;
}

/** What is said to have the model make a call. */
function wordsFor(subjects: readonly Subject[]): Word[] {
  const calls = subjects.flatMap(({ tool, call, other }) =>
    [call, other].flatMap((called) => (called === null ? [] : [{ name: tool.name, called }])),
  );
  return calls.map((call, index) => ({ ...call, word: `verify-${String(index + 1).padStart(3, '0')}.` }));
}

function toScenario(words: readonly Word[]) {
  return {
    rules: words.map(({ word, name, called }) => ({
      when: [word],
      rounds: [{ calls: [{ tool: name, rawArguments: JSON.stringify(called.arguments) }] }],
      reply: '{{outputs}}',
    })),
    otherwise: { reply: 'Nothing to verify.' },
  };
}
