import type { Approver, Decision } from '../../contracts/approval/decision.ts';
import type { Card } from '../../testing/gate.ts';
import type { Subject } from '../calls/subjects.ts';
import { decideSurely, type Outcome } from './decide-surely.ts';
import { approverOf } from './exercise.ts';

/** A policy may want a reason with every decision. */
export const NOTE = 'Tried by verify.';

/** As many people as the policy asks for, whatever they decide. */
export function votersOf(subject: Subject): [Approver, ...Approver[]] {
  const quorums = [subject.call?.verdict, subject.other?.verdict].flatMap((verdict) =>
    verdict?.kind === 'ask' ? (verdict.rule?.quorum ?? []) : [],
  );
  const count = Math.max(1, ...quorums.flatMap(({ approve, deny }) => [approve, deny]));
  const others = Array.from({ length: count - 1 }, (_, index) => approverOf(subject, `voter-${index + 2}`));
  return [approverOf(subject), ...others];
}

/** Has one after the other say the same until it is enough; a worker that is down counts later. */
export async function allSay(decision: 'approve' | 'deny', card: Card, subject: Subject): Promise<Outcome> {
  let outcome: Outcome = 'unknown';
  for (const { id, groups } of votersOf(subject)) {
    ({ outcome } = await card[decision]({ as: id, note: NOTE, ...(groups && { groups }) }));
    if (outcome !== 'voted' && outcome !== 'accepted') break;
  }
  return outcome;
}

/** The first one decides so, and as many as are needed agree to what then stands. */
export async function agree(
  card: Card,
  subject: Subject,
  first: Partial<Decision> & { decisionId: string },
): Promise<Outcome> {
  let outcome = await decideSurely(card, first);
  const [, ...others] = votersOf(subject);
  for (const [index, approver] of others.entries()) {
    if (outcome !== 'voted') break;
    const { argumentsDigest } = await card.read();
    outcome = await decideSurely(card, {
      ...{ decisionId: `${first.decisionId}-${index + 2}`, decision: 'approve', note: NOTE },
      ...{ approver, argumentsDigest },
    });
  }
  return outcome;
}
