import type { Accepted, Decision, Receipt } from '../../contracts/approval/decision.ts';
import type { Card } from '../../testing/gate.ts';
import { until } from '../../testing/wait.ts';
import { PATIENCE_MS } from '../stage.ts';

/**
 * Decides, and learns what came of it. A worker that is busy leaves a decision `accepted`; the same decision sent again is then told what
 * the first one came to: `duplicate` for one that was applied.
 */
export async function decideSurely(
  card: Card,
  decision: Partial<Decision> & { decisionId: string },
): Promise<(Receipt | Accepted)['outcome']> {
  let isRepeated = false;
  return until(
    'an answer to a decision',
    async () => {
      const { outcome } = await card.decide(decision);
      if (outcome === 'duplicate' && isRepeated) return 'applied';
      isRepeated = true;
      return outcome === 'accepted' ? null : outcome;
    },
    PATIENCE_MS,
  );
}
