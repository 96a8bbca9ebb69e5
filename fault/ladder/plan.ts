import { createRandom, type Random } from '../random.ts';
import { MOST_AT_ONCE, RUNGS_MS, type ToolName } from './app.ts';

/** What becomes of a question: somebody decides so long after it was asked, or nobody before its deadline. */
export interface Ending {
  orderId: string;
  decision: { afterMs: number; kind: 'approve' | 'deny'; by: 'grace' | 'linus' | 'nell' | 'dora' } | null;
}

/** A turn, which asks its questions at once. */
export interface LadderTurn {
  tool: ToolName;
  conversationId: string;
  endings: Ending[];
}

export interface LadderPlanOptions {
  seed: number;
  /** How many questions there are. */
  questions: number;
  /** False: each is decided soon, as the self-test wants it. */
  isLong?: boolean;
}

/** Which questions are asked, and when each is decided: before the ladder, between its rungs, after them, or never. Follows from the seed. */
export function makeLadderPlan({ seed, questions, isLong = true }: LadderPlanOptions): LadderTurn[] {
  const random = createRandom(seed);
  const turns: LadderTurn[] = [];
  for (let asked = 0; asked < questions;) {
    const tool: ToolName = !isLong
      ? 'refund'
      : random.pick(['refund', 'refund', 'refund', 'refund', 'brief', 'ghost']);
    const count = Math.min(random.whole(1, MOST_AT_ONCE), questions - asked);
    const endings = Array.from({ length: count }, (_, index) => ({
      orderId: `A-${asked + index}`,
      decision: tool === 'refund' ? decisionOf(random, isLong) : null,
    }));
    turns.push({ tool, conversationId: `ladder-${seed}-${asked}`, endings });
    asked += count;
  }
  return turns;
}

function decisionOf(random: Random, isLong: boolean): NonNullable<Ending['decision']> {
  const { remind, managers, directors } = RUNGS_MS;
  const kind = random.pick(['approve', 'deny'] as const);
  const by = random.pick(['grace', 'linus', 'nell'] as const);
  if (!isLong) return { kind, by, afterMs: remind + 2_000 };
  const [from, to] = random.pick([
    [0, 1_500],
    // In the moment of a rung, too.
    [remind - 300, remind + 300],
    [remind, managers],
    [managers, directors],
    [directors + 1_000, directors + 5_000],
  ] as const);
  const isLate = from > directors;
  return { kind, afterMs: random.whole(from, to), by: isLate ? random.pick([by, 'dora']) : by };
}
