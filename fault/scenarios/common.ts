import { APPROVERS } from '../people.ts';
import type { Rival, TurnPlan } from '../plan.ts';
import type { Stage, StageOptions } from '../stage.ts';

/** One claim of the project, played on real processes and measured. */
export interface ScenarioRun {
  turns: TurnPlan[];
  onPassed?: NonNullable<StageOptions['onPassed']>;
  play(stage: Stage, tell: (line: string) => void): Promise<Measured>;
}

interface Measured {
  figures: Record<string, string | number | null>;
  /** Whether the claim does. */
  holds: boolean;
}

/** Turns with one question each, which nobody answers unless the scenario does. */
export function heldTurns(series: number, count: number): TurnPlan[] {
  return Array.from({ length: count }, (_, index) => ({
    conversationId: `fault-${series}-${index}`,
    shape: 'single' as const,
    orderId: `A-${series}-${index}`,
    amountCents: 1_000 + index,
    decisions: {},
  }));
}

const KINDS = ['approve', 'deny', 'edit', 'respond'] as const;

/** Decisions of every kind by everybody, in a fixed order. */
export function mixedRivals(count: number): Rival[] {
  return Array.from({ length: count }, (_, index) => ({
    kind: KINDS[index % KINDS.length] ?? 'deny',
    approver: APPROVERS[index % APPROVERS.length] ?? 'ada',
  }));
}

/** Does something for each item, some at a time. */
export async function each<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.map((item, index) => ({ item, index }));
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results[next.index] = await work(next.item, next.index);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return results;
}

/** Starts the turns and waits until each has its question. */
export function begin({ driver }: Stage, turns: readonly TurnPlan[]) {
  return each(turns, 10, async (plan) => {
    const turnId = await driver.begin(plan);
    const approval = turnId === null ? null : await driver.question(turnId);
    if (turnId === null || approval === null) throw new Error(`${plan.conversationId} has no question.`);
    return { plan, turnId, approval };
  });
}

export function countBy(list: readonly string[]): string {
  const groups = [...Map.groupBy(list, (item) => item)];
  return groups.map(([item, its]) => `${item} ${its.length}`).join(', ');
}
