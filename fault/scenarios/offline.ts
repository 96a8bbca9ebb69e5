import { until } from '../api.ts';
import { WORKERS } from '../processes.ts';
import { begin, countBy, each, heldTurns, type ScenarioRun } from './common.ts';

const DECISIONS = 100;

/** Decisions sent by HTTP while every worker is down are applied, all of them, once workers return. */
export function playOffline(): ScenarioRun {
  const turns = heldTurns(901, DECISIONS);
  return {
    turns,
    async play(stage, tell) {
      const { processes, driver, api } = stage;
      const signal = new AbortController().signal;
      const held = await begin(stage, turns);
      tell(`${held.length} questions stand; every worker is killed.`);
      for (const name of WORKERS) processes.kill(name, { restart: false });
      const areDown = async () => Promise.resolve(WORKERS.some((name) => processes.isUp(name)) ? null : true);
      await until(areDown, { withinMs: 10_000, pauseMs: 20, signal });
      const sent = await each(held, 25, (question) =>
        driver.decide(question, { kind: 'approve', approver: 'ada' }, 0),
      );
      tell('All decisions are answered; the workers return.');
      await Promise.all(WORKERS.map((name) => processes.restart(name)));
      const backAt = Date.now();
      const approvals = await each(held, 20, ({ turnId }) =>
        until(
          async () => {
            const turn = await api.readTurn(turnId, 5);
            return turn?.status === 'completed' ? (turn.approvals[0] ?? null) : null;
          },
          { withinMs: 120_000, signal },
        ),
      );
      const applied = approvals.filter(
        (approval, index) =>
          approval?.status === 'approved' && approval.decision?.decisionId === sent[index]?.decisionId,
      );
      const figures = {
        'decisions sent while no worker was up': sent.length,
        'answered with': countBy(sent.map(({ answers }) => String(answers.at(-1)?.status))),
        'applied once workers returned': applied.length,
        'all turns completed after the return, ms': Date.now() - backAt,
      };
      return { figures, holds: sent.length === DECISIONS && applied.length === DECISIONS };
    },
  };
}
