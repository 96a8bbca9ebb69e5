import type { Card, Turn } from '../../testing/gate.ts';
import type { JudgedCall, Subject } from '../calls/subjects.ts';
import { failed, holds } from '../findings.ts';
import { allSay } from './agree.ts';
import type { Exercise, Scene } from './exercise.ts';

/** A question that is approved while no worker is up. */
export function decidedWhileDown(subject: Subject, call: JudgedCall, { stage }: Scene): Exercise {
  const tool = subject.tool.name;
  let turn: Turn | undefined;
  let card: Card | undefined;
  let outcome: string | undefined;
  return {
    ...{ check: 'decided-while-down', tool },
    async prepare() {
      turn = await stage.call(subject, call);
      card = await turn.asked(tool);
    },
    async whileDown() {
      outcome = card && (await allSay('approve', card, subject));
    },
    async main() {
      if (turn !== undefined) await stage.ended(turn);
    },
    async conclude() {
      const notes = turn === undefined ? [] : stage.notesOf(turn);
      const runs = notes.filter(({ event }) => event === 'began').length;
      const status = (await card?.read())?.status;
      return [
        status === 'approved' && runs > 0
          ? holds('decided-while-down', tool, 'Approved while no worker was up, it ran once one was back.')
          : failed(
              'decided-while-down',
              tool,
              `Approved while no worker was up ("${outcome ?? 'no answer'}"), it is "${status ?? 'gone'}" and ran ${runs} times.`,
            ),
      ];
    },
  };
}
