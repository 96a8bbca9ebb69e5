import type { Turn } from '../../testing/gate.ts';
import type { JudgedCall, Subject } from '../calls/subjects.ts';
import { broken, failed, holds, notExercised } from '../findings.ts';
import { allSay } from './agree.ts';
import type { Exercise, Scene } from './exercise.ts';

/** A tool whose signal is aborted while it works, as by a cancelled turn, a shutdown or its timeout. */
export function toldToStop(subject: Subject, call: JudgedCall, { stage }: Scene): Exercise {
  const tool = subject.tool.name;
  let turn: Turn | undefined;
  return {
    ...{ check: 'stops-when-told', tool },
    async main() {
      turn = await stage.call(subject, call, 'stop');
      if (call.verdict.kind === 'ask') {
        const card = await turn.asked(tool);
        await allSay('approve', card, subject);
      }
      await stage.ended(turn);
    },
    conclude() {
      const notes = turn === undefined ? [] : stage.notesOf(turn);
      const [end] = notes.flatMap((note) =>
        note.event === 'quick' || note.event === 'stopped' || note.event === 'ran-on' ? [note] : [],
      );
      if (end?.event === 'ran-on' && subject.tool.effect === 'at-most-once') {
        const why = `Its signal was aborted, and ${end.afterMs} ms later it was still at work. It is never run beside itself; what comes of it is then unknown.`;
        return [notExercised('stops-when-told', tool, why)];
      }
      if (end?.event === 'ran-on') {
        const why = `Its signal was aborted, and ${end.afterMs} ms later it was still at work: another attempt may run beside it.`;
        return [broken('ignores-stop', tool, why)];
      }
      if (end === undefined)
        return [failed('stops-when-told', tool, 'It was not called, so it could not be told to stop.')];
      if (end.event === 'quick') {
        const why = `It ended after ${end.afterMs} ms, before its signal was aborted.`;
        return [notExercised('stops-when-told', tool, why)];
      }
      return [holds('stops-when-told', tool, `It ended ${end.afterMs} ms after its signal was aborted.`)];
    },
  };
}
