import type { DecisionSent } from '../records.ts';
import { median } from '../report.ts';
import { begin, countBy, heldTurns, mixedRivals, type ScenarioRun } from './common.ts';

const APPROVALS = 50;
const RIVALS = 200;

/** However many decide at once, one wins, and everybody else is told who it was. */
export function playRivals(): ScenarioRun {
  const turns = heldTurns(902, APPROVALS);
  return {
    turns,
    async play(stage, tell) {
      const held = await begin(stage, turns);
      const sent: DecisionSent[][] = [];
      const tookMs: number[] = [];
      for (const question of held) {
        const beganAt = Date.now();
        const rivals = mixedRivals(RIVALS).map((rival, index) =>
          stage.driver.decide(question, rival, index, true),
        );
        sent.push(await Promise.all(rivals));
        tookMs.push(Date.now() - beganAt);
        if (sent.length % 10 === 0) tell(`${sent.length} of ${held.length} approvals decided`);
      }
      const last = sent.map((rivals) => rivals.map(({ answers }) => answers.at(-1)));
      const winners = last.map((answers) => answers.filter((answer) => answer?.status === 200).length);
      const conflicts = last.map(
        (answers) => answers.filter((answer) => answer?.status === 409 && answer.winner !== undefined).length,
      );
      const figures = {
        approvals: held.length,
        'decisions on each, at once': RIVALS,
        'first answers': countBy(
          sent.flat().map(({ answers }) => `${answers[0]?.status ?? 'none'} ${answers[0]?.outcome ?? ''}`),
        ),
        'last answers': countBy(
          last.flat().map((answer) => `${answer?.status ?? 'none'} ${answer?.outcome ?? ''}`),
        ),
        'approvals with one winner': winners.filter((count) => count === 1).length,
        'approvals with all other conflicts naming one': conflicts.filter((count) => count === RIVALS - 1)
          .length,
        'all answered, ms, median of the approvals': median(tookMs),
      };
      const holds = winners.every((count) => count === 1) && conflicts.every((count) => count === RIVALS - 1);
      return { figures, holds };
    },
  };
}
