import type { Card, Turn } from '../../testing/gate.ts';
import { until } from '../../testing/wait.ts';
import type { JudgedCall, Subject } from '../calls/subjects.ts';
import { failed, holds, notExercised } from '../findings.ts';
import { PATIENCE_MS } from '../stage.ts';
import { allSay } from './agree.ts';
import type { Exercise, Scene } from './exercise.ts';

/** A question that outlives its run and is approved then; most end with their run. */
export function outlivesRun(subject: Subject, call: JudgedCall, { stage }: Scene): Exercise {
  const tool = subject.tool.name;
  let turn: Turn | undefined;
  let card: Card | undefined;
  const isParked = () => card?.approval.onRunDeadline === 'park';
  return {
    ...{ check: 'outlives-run', tool },
    async prepare() {
      turn = await stage.call(subject, call);
      card = await turn.asked(tool);
    },
    runEndMs() {
      const end = isParked() ? (card?.approval.runDeadline ?? null) : null;
      return end === null ? undefined : Date.parse(end);
    },
    async whenRunsEnded() {
      if (!isParked()) return;
      if (card !== undefined) await allSay('approve', card, subject);
      await until(
        'the outcome of a parked action',
        async () => {
          const outcome = (await card?.read())?.outcome;
          return outcome === undefined || outcome === 'executing' ? null : outcome;
        },
        PATIENCE_MS,
      );
    },
    conclude() {
      if (!isParked())
        return [notExercised('outlives-run', tool, 'The policy has the question end with its run.')];
      const notes = turn === undefined ? [] : stage.notesOf(turn);
      const runs = notes.filter(({ event }) => event === 'began').length;
      return [
        runs > 0
          ? holds('outlives-run', tool, 'Approved after its run had ended, it ran.')
          : failed('outlives-run', tool, 'Approved after its run had ended, it did not run.'),
      ];
    },
  };
}
