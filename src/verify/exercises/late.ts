import { endsAt } from './ends-at.ts';
import type { Card, Turn } from '../../testing/gate.ts';
import type { JudgedCall, Subject } from '../calls/subjects.ts';
import { broken, failed, holds, notExercised, type Finding } from '../findings.ts';
import { decideSurely } from './decide-surely.ts';
import { approval, type Exercise, type Scene } from './exercise.ts';

/** A question that nobody answers in time, and that is approved when its deadline has passed. */
export function decidedLate(subject: Subject, call: JudgedCall, { stage }: Scene): Exercise {
  const tool = subject.tool.name;
  let turn: Turn | undefined;
  let card: Card | undefined;
  let outcome: string | undefined;
  return {
    ...{ check: 'late-decision-refused', tool },
    async prepare() {
      turn = await stage.call(subject, call);
      card = await turn.asked(tool);
    },
    deadlineMs: () => (card === undefined ? undefined : endsAt(card.approval)),
    async whenLate() {
      if (card === undefined || endsAt(card.approval) === undefined) return;
      outcome = await decideSurely(card, { decisionId: 'verify-late', ...approval(subject) });
      if (turn !== undefined) await stage.ended(turn);
    },
    conclude() {
      if (card === undefined || turn === undefined) return [];
      const kept = deadlineKept(subject, call, card);
      if (endsAt(card.approval) === undefined)
        return [kept, notExercised('late-decision-refused', tool, 'The question has no deadline.')];
      const runs = stage.notesOf(turn).filter(({ event }) => event === 'began').length;
      const isRefused = outcome === 'expired' || outcome === 'cancelled';
      return [
        kept,
        isRefused && runs === 0
          ? holds('late-decision-refused', tool, 'Approved after its deadline, it did not run.')
          : failed(
              'late-decision-refused',
              tool,
              `Approved after its deadline it came to "${outcome ?? 'no answer'}" and ran ${runs} times.`,
            ),
      ];
    },
  };
}

/** The policy's `within` is what people have. */
function deadlineKept({ tool }: Subject, { verdict }: JudgedCall, { approval: asked }: Card): Finding {
  const end = endsAt(asked);
  const withinMs = verdict.kind === 'ask' ? verdict.withinMs : undefined;
  if (end === undefined)
    return holds('deadline-kept', tool.name, 'The question stays open until somebody decides.');
  const seconds = Math.round((end - Date.parse(asked.requestedAt)) / 1_000);
  // A second is what it takes to ask.
  if (withinMs !== undefined && seconds * 1_000 < withinMs - 1_000) {
    const why = `The policy gives ${Math.round(withinMs / 1_000)} s, but with onRunDeadline "${asked.onRunDeadline}" the question ends with its run, after ${seconds} s.`;
    return broken('deadline-cut', tool.name, why);
  }
  return holds('deadline-kept', tool.name, `People have ${seconds} s, as the policy or the run gives.`);
}
