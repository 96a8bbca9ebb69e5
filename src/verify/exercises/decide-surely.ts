import type { Accepted, Decision, Receipt } from '../../contracts/approval/decision.ts';
import type { Card } from '../../testing/gate.ts';
import { until } from '../../testing/wait.ts';
import { PATIENCE_MS } from '../stage.ts';

export type Outcome = (Receipt | Accepted)['outcome'];

/**
 * Decides, and learns what came of it. A worker that is busy leaves a decision `accepted`, or answers too late to be heard; the same
 * decision sent again, by us or by the client, is then told what the first one came to: `duplicate` for one that was applied, or is a vote.
 *
 * @param isKnown - whether a decision with this id was answered before, so that `duplicate` is the answer
 */
export async function decideSurely(
  card: Card,
  decision: Partial<Decision> & { decisionId: string },
  isKnown = false,
): Promise<Outcome> {
  return until(
    'an answer to a decision',
    async () => {
      const receipt = await card.decide(decision);
      const { outcome } = receipt;
      if (outcome === 'duplicate' && !isKnown) return receipt.missing === undefined ? 'applied' : 'voted';
      return outcome === 'accepted' ? null : outcome;
    },
    PATIENCE_MS,
  );
}
