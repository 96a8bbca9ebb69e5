import type { Decision } from '../../contracts/approval/decision.ts';
import type { JudgedCall, Subject } from '../calls/subjects.ts';
import { failed, holds, notExercised, type CheckName, type Finding } from '../findings.ts';
import { textOf } from '../host/notes.ts';
import { agree, allSay, NOTE } from './agree.ts';
import { decideSurely } from './decide-surely.ts';
import { approverOf, type Exercise, type Scene } from './exercise.ts';

const OTHER_DIGEST = `sha256:${'0'.repeat(64)}`;

/** One question, and all that people get wrong about it before and after the decision that counts: an edit where there is another call. */
export function decided(subject: Subject, call: JudgedCall, { stage }: Scene): Exercise {
  const tool = subject.tool.name;
  const findings: Finding[] = [];
  const check = (name: CheckName, isTrue: boolean, whenTrue: string, otherwise: string): void => {
    findings.push(isTrue ? holds(name, tool, whenTrue) : failed(name, tool, otherwise));
  };

  return {
    ...{ check: 'replay-counts-once', tool },
    async main() {
      const turn = await stage.call(subject, call);
      const card = await turn.asked(tool);
      const began = () => stage.notesOf(turn).filter((note) => note.event === 'began');
      check(
        'waits-for-yes',
        began().length === 0,
        'Nothing ran before the decision.',
        'It ran before anybody had decided.',
      );
      if (card.approvers === undefined) {
        const why = 'Anybody may decide: the policy names no approvers.';
        findings.push(notExercised('outsider-refused', tool, why));
      } else {
        const outcome = await decideSurely(card, {
          ...{ decisionId: 'verify-outsider', decision: 'approve' },
          approver: { id: 'eve', groups: ['nobody-knows'] },
        });
        const told = `Approved by somebody outside ${card.approvers.join(', ')}`;
        check('outsider-refused', outcome === 'refused', `${told}: refused.`, `${told}: "${outcome}".`);
      }
      const approver = approverOf(subject);
      const stale = await decideSurely(card, {
        ...{ decisionId: 'verify-stale', decision: 'approve', approver },
        argumentsDigest: OTHER_DIGEST,
      });
      check(
        'stale-digest-refused',
        stale === 'refused',
        'A decision about other arguments than those shown was refused.',
        `A decision about other arguments than those shown came to "${stale}".`,
      );

      const { other } = subject;
      const first: Partial<Decision> & { decisionId: string } = {
        ...{ decisionId: 'verify-first', approver, note: NOTE },
        ...(other === null ? { decision: 'approve' } : { decision: 'edit', arguments: other.arguments }),
      };
      const settled = await agree(card, subject, first);
      const again = await decideSurely(card, first, true);
      const reused = await decideSurely(card, { ...first, approver: { ...approver, id: 'mallory' } }, true);
      const contrary = await decideSurely(card, {
        ...{ decisionId: 'verify-contrary', decision: 'deny', note: NOTE },
        approver: { ...approver, id: 'mallory' },
      });
      await stage.ended(turn);
      const ran = began();
      const outcomes = [settled, again, reused].join(', ');
      check(
        'replay-counts-once',
        settled === 'applied' && again === 'duplicate' && reused !== 'applied' && isOnce(),
        'Sent again, by the same person and by another, a decision counted once.',
        `A decision, the same again, and the same by another person came to ${outcomes}; it ran ${ran.length} times.`,
      );
      check(
        'second-voice-loses',
        contrary === 'conflict',
        'A later no was told who had said yes.',
        `A later no came to "${contrary}".`,
      );
      if (other === null) {
        findings.push(notExercised('edit-runs-as-edited', tool, 'There was no second call to change it to.'));
        return;
      }
      const { arguments: shown } = await card.read();
      check(
        'edit-runs-as-edited',
        ran.length > 0 && ran.every((note) => note.arguments === textOf(shown)),
        'What a person had changed it to is what ran.',
        'Something else ran than what a person had changed it to.',
      );

      /** Attempts that threw may come again. */
      function isOnce(): boolean {
        return stage.notesOf(turn).filter(({ event }) => event === 'returned').length <= 1;
      }
    },
    conclude: () => findings,
  };
}

export function denied(subject: Subject, call: JudgedCall, { stage }: Scene): Exercise {
  const tool = subject.tool.name;
  let runs = 0;
  return {
    ...{ check: 'denied-not-run', tool },
    async main() {
      const turn = await stage.call(subject, call);
      const card = await turn.asked(tool);
      await allSay('deny', card, subject);
      await stage.ended(turn);
      runs = stage.notesOf(turn).filter(({ event }) => event === 'began').length;
    },
    conclude: () => [
      runs === 0
        ? holds('denied-not-run', tool, 'Denied, it did not run.')
        : failed('denied-not-run', tool, `Denied, it ran ${runs} times.`),
    ],
  };
}
