import { z } from 'zod';

import type { PointName } from './points.ts';

/** What the campaign says to a process that comes by a point. */
const OrderSchema = z.discriminatedUnion('order', [
  z.strictObject({ order: z.literal('go on') }),
  /** The effect has happened; its answer gets lost on the way. */
  z.strictObject({ order: z.literal('lose the answer') }),
  z.strictObject({ order: z.literal('die'), afterMs: z.int().min(0) }),
]);
export type Order = z.output<typeof OrderSchema>;

/** What a process says when it comes by a point. */
export const ReportSchema = z.strictObject({
  process: z.string(),
  point: z.string(),
  /** Whatever is known at the point, as text: the campaign finds the turn's ids in it. */
  clue: z.string(),
});
export type Report = z.output<typeof ReportSchema>;

export type Effect = PointName extends infer Name
  ? Name extends `${infer What}.before`
    ? What
    : never
  : never;

/** Does something between its two points. */
export type Around = <T>(effect: Effect, clue: unknown, work: () => Promise<T>) => Promise<T>;

/** The answer of an effect that has happened, lost as the network would lose it. */
export class LostAnswerError extends Error {
  override readonly name = 'LostAnswerError';
}

/**
 * The side of a process under test: asks the campaign before and after each effect what to do, and does it. Without the
 * campaign, or when it does not answer, work goes on.
 */
export function createAround(options: { control: string; process: string }): Around {
  async function reach(point: string, clue: unknown): Promise<void> {
    const report: Report = { process: options.process, point, clue: JSON.stringify(clue) };
    const order = await ask(options.control, report);
    if (order.order === 'lose the answer')
      throw new LostAnswerError(`The answer at ${point} was lost, as planned.`);
    if (order.order !== 'die') return;
    if (order.afterMs > 0) setTimeout(die, order.afterMs);
    else die();
  }
  return async (effect, clue, work) => {
    await reach(`${effect}.before`, clue);
    const result = await work();
    await reach(`${effect}.after`, [clue, result]);
    return result;
  };
}

/** No handler runs, nothing is flushed: SIGKILL cannot be caught. */
function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

async function ask(control: string, report: Report): Promise<Order> {
  try {
    const response = await fetch(control, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(report),
    });
    return OrderSchema.parse(await response.json());
  } catch {
    return { order: 'go on' };
  }
}
