import { until } from '../api.ts';
import { WORKERS } from '../processes.ts';
import { median } from '../report.ts';
import { begin, heldTurns, type ScenarioRun } from './common.ts';

const ROUNDS = 10;
const LIMIT_MS = 5_000;

/**
 * How soon a killed worker that is started again takes up work: a turn begun while no worker was up, and a decision given
 * meanwhile to a turn whose history the dead worker had in its memory.
 */
export function playPickup(): ScenarioRun {
  const fresh = heldTurns(903, ROUNDS);
  const held = heldTurns(904, ROUNDS);
  const passedAt = new Map<string, number>();
  return {
    turns: [...fresh, ...held],
    onPassed: (conversationId, point) => {
      const key = `${conversationId} ${point}`;
      if (!passedAt.has(key)) passedAt.set(key, Date.now());
    },
    async play(stage, tell) {
      const { processes, driver } = stage;
      const signal = new AbortController().signal;
      const questions = await begin(stage, held);
      const samples = { fresh: [] as number[], decided: [] as number[], ready: [] as number[] };
      const passed = (conversationId: string, point: string): Promise<number | null> =>
        until(async () => Promise.resolve(passedAt.get(`${conversationId} ${point}`) ?? null), {
          withinMs: 60_000,
          pauseMs: 10,
          signal,
        });
      for (const [index, question] of questions.entries()) {
        const plan = fresh[index];
        if (plan === undefined) break;
        for (const name of WORKERS) processes.kill(name, { restart: false });
        const areDown = async () =>
          Promise.resolve(WORKERS.some((name) => processes.isUp(name)) ? null : true);
        await until(areDown, { withinMs: 10_000, pauseMs: 10, signal });
        await Promise.all([
          driver.begin(plan),
          driver.decide(question, { kind: 'approve', approver: 'ada' }, 0),
        ]);
        const restartedAt = Date.now();
        await processes.restart(WORKERS[0]);
        const readyAt = Date.now();
        samples.ready.push(readyAt - restartedAt);
        const taken = await passed(plan.conversationId, 'thread.open.before');
        const executed = await passed(question.plan.conversationId, 'tool.execute.before');
        samples.fresh.push(taken === null ? Infinity : taken - readyAt);
        samples.decided.push(executed === null ? Infinity : executed - readyAt);
        tell(
          `round ${index + 1}: new turn ${samples.fresh.at(-1)} ms, decision ${samples.decided.at(-1)} ms`,
        );
        await processes.restart(WORKERS[1]);
      }
      // So that the oracle finds every turn at its end.
      for (const plan of fresh) {
        const { turnIds } = driver.record.turns.find((sent) => sent.plan === plan) ?? {};
        const approval = turnIds?.[0] === undefined ? null : await driver.question(turnIds[0]);
        if (approval !== null)
          await driver.decide({ plan, approval }, { kind: 'deny', approver: 'grace' }, 0);
      }
      const figures = {
        rounds: samples.fresh.length,
        'start of the process until it is ready, ms, median': median(samples.ready),
        'ready until a new turn is taken up, ms, median': median(samples.fresh),
        'the longest of them, ms': Math.max(...samples.fresh),
        'ready until a decision takes effect, ms, median': median(samples.decided),
        'the longest of these, ms': Math.max(...samples.decided),
      };
      const isSoon = (list: number[]): boolean => (median(list) ?? Infinity) <= LIMIT_MS;
      return { figures, holds: isSoon(samples.fresh) && isSoon(samples.decided) };
    },
  };
}
