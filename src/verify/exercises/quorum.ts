import type { JudgedCall, Subject } from '../calls/subjects.ts';
import { broken, failed, holds, type Finding } from '../findings.ts';
import { agree, NOTE, votersOf } from './agree.ts';
import { decideSurely } from './decide-surely.ts';
import { approverOf, type Exercise, type Scene } from './exercise.ts';

/** A question that needs several people, answered by one of them, by the same one again, and then by the others. */
export function needsMany(subject: Subject, call: JudgedCall, { stage }: Scene): Exercise[] {
  const tool = subject.tool.name;
  const quorum = call.verdict.kind === 'ask' ? call.verdict.rule?.quorum : undefined;
  if (quorum === undefined || quorum.approve < 2) return [];
  const findings: Finding[] = [];
  return [
    {
      ...{ check: 'one-vote-of-many', tool },
      async main() {
        const turn = await stage.call(subject, call);
        const card = await turn.asked(tool);
        const runs = () => stage.notesOf(turn).filter(({ event }) => event === 'began').length;
        const vote = { decision: 'approve', approver: approverOf(subject), note: NOTE } as const;
        const first = await decideSurely(card, { ...vote, decisionId: 'verify-one' });
        if (first !== 'voted') {
          await stage.ended(turn);
          const why = `The policy asks for ${quorum.approve} people. The vote of one came to "${first}", and it ran ${runs()} times.`;
          findings.push(broken('settles-with-one', tool, why));
          return;
        }
        const again = await decideSurely(card, { ...vote, decisionId: 'verify-one-again' });
        const { status } = await card.read();
        const early = runs();
        const last = await agree(card, subject, {
          ...{ decisionId: 'verify-other', decision: 'approve', note: NOTE },
          approver: votersOf(subject)[1] ?? approverOf(subject, 'voter-2'),
        });
        await stage.ended(turn);
        const isKept = again === 'refused' && status === 'pending' && early === 0;
        const total = runs();
        const told = `One of ${quorum.approve} voted, and once more ("${again}"); it was "${status}" and had run ${early} times. The others came to "${last}", and it ran ${total} times.`;
        findings.push(
          isKept && last === 'applied' && total === 1
            ? holds(
                'one-vote-of-many',
                tool,
                `One vote of ${quorum.approve} ran nothing, and all of them ran it once.`,
              )
            : failed('one-vote-of-many', tool, told),
        );
      },
      conclude: () => findings,
    },
  ];
}
