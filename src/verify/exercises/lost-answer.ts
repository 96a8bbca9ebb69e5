import type { Turn } from '../../testing/gate.ts';
import type { JudgedCall, Subject } from '../calls/subjects.ts';
import { failed, holds, notExercised } from '../findings.ts';
import { allSay } from './agree.ts';
import type { Exercise, Scene } from './exercise.ts';

/** The provider takes the tool's output and its answer is lost. */
export function lostAnswer(subject: Subject, call: JudgedCall, { stage }: Scene): Exercise {
  const tool = subject.tool.name;
  let turn: Turn | undefined;
  let lost = 0;
  return {
    ...{ check: 'lost-answer', tool },
    async alone() {
      turn = await stage.call(subject, call);
      stage.gate.provider.drop('submit');
      if (call.verdict.kind === 'ask') {
        const card = await turn.asked(tool);
        await allSay('approve', card, subject);
      }
      await stage.ended(turn);
      lost = stage.gate.provider.requests('submit').filter(({ status }) => status === 'dropped').length;
      stage.gate.provider.clear();
    },
    conclude() {
      const notes = turn === undefined ? [] : stage.notesOf(turn);
      const runs = notes.filter(({ event }) => event === 'returned').length;
      if (lost === 0 || runs === 0) {
        const why = 'Its turn came to an end without an output whose answer could be lost.';
        return [notExercised('lost-answer', tool, why)];
      }
      return [
        runs === 1
          ? holds(
              'lost-answer',
              tool,
              'The answer to the submit of its output was lost, and it did not run again for it.',
            )
          : failed('lost-answer', tool, `The answer of a submit was lost, and the tool ran ${runs} times.`),
      ];
    },
  };
}
