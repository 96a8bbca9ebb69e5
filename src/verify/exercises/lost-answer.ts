import type { Turn } from '../../testing/gate.ts';
import type { JudgedCall, Subject } from '../calls/subjects.ts';
import { failed, holds } from '../findings.ts';
import { approverOf, type Exercise, type Scene } from './exercise.ts';

/** The provider takes the tool's output and its answer is lost. */
export function lostAnswer(subject: Subject, call: JudgedCall, { stage }: Scene): Exercise {
  const tool = subject.tool.name;
  let turn: Turn | undefined;
  let submits = 0;
  return {
    ...{ check: 'lost-answer', tool },
    async main() {
      turn = await stage.call(subject, call);
      stage.gate.provider.drop('submit');
      if (call.verdict.kind === 'ask') {
        const card = await turn.asked(tool);
        const { id, groups } = approverOf(subject);
        await card.approve({ as: id, ...(groups && { groups }) });
      }
      await stage.ended(turn);
      submits = stage.gate.provider.requests('submit').length;
    },
    conclude() {
      const notes = turn === undefined ? [] : stage.notesOf(turn);
      const runs = notes.filter(({ event }) => event === 'returned').length;
      return [
        runs <= 1
          ? holds(
              'lost-answer',
              tool,
              `An answer of ${submits} submits was lost, and no tool ran again for it.`,
            )
          : failed('lost-answer', tool, `The answer of a submit was lost, and the tool ran ${runs} times.`),
      ];
    },
  };
}
