import type { Turn } from '../../testing/gate.ts';
import { howToGiveCalls, type JudgedCall, type Subject } from '../calls/subjects.ts';
import { broken, failed, holds, notExercised, type Finding } from '../findings.ts';
import type { Note } from '../host/notes.ts';
import { concludeEffects, type KilledCalls } from './effects.ts';
import { allSay } from './agree.ts';
import type { Exercise, Scene } from './exercise.ts';

const POINTS = ['before', 'during', 'after'] as const;

/**
 * The worker is killed with SIGKILL right before a tool is called, while it works, and after it has ended but before anybody has been told:
 * what the calls come to says what the tool's effect is worth.
 */
export function killed(subject: Subject, call: JudgedCall, scene: Scene): Exercise {
  const { stage } = scene;
  const { tool } = subject;
  const turns = {} as Record<(typeof POINTS)[number], Turn>;

  return {
    ...{ check: 'killed-worker', tool: tool.name },
    async prepare() {
      await Promise.all(
        POINTS.map(async (point) => {
          const turn = await stage.call(subject, call, point);
          turns[point] = turn;
          if (call.verdict.kind === 'ask') {
            const card = await turn.asked(tool.name);
            await allSay('approve', card, subject);
          }
          await stage.held(turn);
        }),
      );
    },
    async main() {
      await Promise.all(POINTS.map((point) => stage.ended(turns[point])));
    },
    async conclude() {
      const notes = Object.fromEntries(
        POINTS.map((point) => [point, stage.notesOf(turns[point])]),
      ) as KilledCalls;
      const findings: Finding[] = [
        holds(
          'killed-worker',
          tool.name,
          `Killed before, while and after ${tool.name} worked, each turn went on to its end.`,
        ),
        returned(subject, notes.after),
        ...unchanged(tool.name, Object.values(notes).flat()),
      ];
      const isReturned = findings[1]?.status === 'holds';
      if (!isReturned) {
        const why = 'It has not returned, so there was no effect to count.';
        return [...findings, notExercised('effect-once', tool.name, why)];
      }
      return [...findings, ...(await concludeEffects(subject, call, notes, scene))];
    },
  };
}

/** Whether its first run came to its end. */
function returned({ tool, isGiven }: Subject, notes: readonly Note[]): Finding {
  const first = notes.find(({ event }) => event === 'returned' || event === 'threw');
  if (first === undefined) return failed('returns', tool.name, 'It was called and never came to its end.');
  if (first.event !== 'threw') return holds('returns', tool.name, 'It returned what the model is told.');
  const words = `It threw: ${first.message}`;
  if (isGiven || hasExamples(tool.jsonSchema)) return broken('tool-throws', tool.name, words);
  return notExercised(
    'returns',
    tool.name,
    `${words} The arguments were derived.`,
    howToGiveCalls(tool.name),
  );
}

function hasExamples(schema: unknown): boolean {
  return JSON.stringify(schema).includes('"examples":');
}

function unchanged(tool: string, notes: readonly Note[]): Finding[] {
  const changed = notes.find((note) => note.event === 'changed-arguments');
  if (changed === undefined)
    return [holds('arguments-unchanged', tool, 'Policy and tool left the arguments as they were.')];
  return [
    broken(
      'changes-arguments',
      tool,
      `The tool was given ${changed.before} and left ${changed.after} behind.`,
    ),
  ];
}
