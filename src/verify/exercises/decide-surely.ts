import type { Accepted, Decision, Receipt } from '../../contracts/approval/decision.ts';
import type { Card } from '../../testing/gate.ts';
import { until } from '../../testing/wait.ts';
import { PATIENCE_MS } from '../stage.ts';

/**
 * Decides, and learns what came of it. A worker that is busy leaves a decision `accepted`, or answers too late to be heard; the same
 * decision sent again, by us or by the client, is then told what the first one came to: `duplicate` for one that was applied.
 *
 * @param isKnown - whether a decision with this id was answered before, so that `duplicate` is the answer
 */
export async function decideSurely(
  card: Card,
  decision: Partial<Decision> & { decisionId: string },
  isKnown = false,
): Promise<(Receipt | Accepted)['outcome']> {
  return until(
    'an answer to a decision',
    async () => {
      const { outcome } = await card.decide(decision);
      if (outcome === 'duplicate' && !isKnown) return 'applied';
      return outcome === 'accepted' ? null : outcome;
    },
    PATIENCE_MS,
  );
}
