import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { within, type Command } from '../campaigns.ts';
import { countBy } from '../report.ts';
import type { StoreKind } from '../store/store.ts';
import { collectMails, harvestLadder, untilNoticesEnd } from './harvest.ts';
import { isEndFailed, judgeLadder, type LadderRecords, type LadderViolationKind } from './oracle.ts';
import { makeLadderPlan, type LadderPlanOptions } from './plan.ts';
import { playTurns } from './play.ts';
import type { LadderPlant } from './settings.ts';
import { withLadderStage } from './stage.ts';
import { makeTrouble } from './trouble.ts';

/** What an end may still take when everything is calm: its third attempt. */
const PATIENCE_MS = 180_000;
const QUESTIONS = { quick: 100, full: 10_000 } as const;
const IN_FLIGHT = { quick: 24, full: 120 } as const;
/** A question costs this at most, where all cores are busy. */
const LIMIT_MS = { start: 300_000, question: 600 } as const;

/** What is planted, and what the oracle must call it. */
const TRIALS: readonly { plant: LadderPlant | null; found: LadderViolationKind | null }[] = [
  { plant: null, found: null },
  { plant: 'forgotten-end', found: 'end.untold' },
  { plant: 'double-reminder', found: 'reminder.twice' },
  { plant: 'swallowed', found: 'sent.untrue' },
  { plant: 'swallowed-reminder', found: 'sent.untrue' },
  { plant: 'needless-alarm', found: 'operator.twice' },
];

/** Takes questions up a ladder whose hours are seconds, while workers die and channels fail. @returns whether the oracle found nothing */
export async function runLadder(
  command: Command & { extent: 'quick' | 'full'; questions?: number; store?: StoreKind },
): Promise<boolean> {
  const { seed, extent, say } = command;
  const questions = command.questions ?? QUESTIONS[extent];
  const { records, violations, ...played } = await play(command, {
    ...{ plan: { seed, questions }, inFlight: IN_FLIGHT[extent], store: command.store ?? 'sqlite' },
    ...{ plant: null, hasTrouble: true },
  });
  const summary = { ...played, ...tally(records), violations: countBy(violations, ({ kind }) => kind) };
  await command.writeJson({ ladder: { seed, questions }, summary, violations });
  for (const [name, value] of Object.entries(summary)) say(`${name.padEnd(20)}${JSON.stringify(value)}`);
  for (const { kind, subject, detail } of violations.slice(0, 100))
    say(`  ${kind}  ${subject}  ${detail.slice(0, 300)}`);
  return violations.length === 0;
}

/** An oracle that finds nothing proves nothing until it has found what was put there. @returns whether it did */
export async function testLadderOracle(command: Command): Promise<boolean> {
  const trials = [];
  for (const { plant, found } of TRIALS) {
    const folder = join(command.folder, plant ?? 'nothing');
    await mkdir(folder, { recursive: true });
    const { violations } = await play(
      { ...command, folder },
      {
        ...{
          plan: { seed: command.seed, questions: 6, isLong: false },
          inFlight: 6,
          store: 'sqlite' as const,
        },
        ...{ plant, hasTrouble: false },
      },
    );
    const kinds = Object.keys(countBy(violations, ({ kind }) => kind));
    const isRight = found === null ? kinds.length === 0 : kinds.includes(found);
    trials.push({ planted: plant ?? 'nothing', expected: found, found: kinds, isRight });
    command.onProgress(
      `planted ${plant ?? 'nothing'}: found ${kinds.join(', ') || 'nothing'}: ${isRight ? 'right' : 'WRONG'}`,
    );
  }
  await command.writeJson({ trials });
  return trials.every(({ isRight }) => isRight);
}

interface Run {
  plan: LadderPlanOptions;
  inFlight: number;
  store: StoreKind;
  plant: LadderPlant | null;
  hasTrouble: boolean;
}

async function play(
  { folder, workflowBundle, signal: stopped, onProgress }: Command,
  { plan, inFlight, store, plant, hasTrouble }: Run,
) {
  const limitMs = LIMIT_MS.start + LIMIT_MS.question * plan.questions;
  return within(limitMs, 'The ladder', stopped, (signal) =>
    withLadderStage({ folder, workflowBundle, store, plant }, async (stage) => {
      const beganAt = Date.now();
      const turns = makeLadderPlan(plan);
      onProgress(`${plan.questions} questions in ${turns.length} turns`);
      const collected = collectMails(stage);
      const over = new AbortController();
      const trouble = hasTrouble
        ? makeTrouble(stage, plan.seed, over.signal)
        : Promise.resolve({ kills: 0, moods: 0 });
      let said = 0;
      try {
        const asked = await playTurns(stage, turns, {
          ...{ inFlight, signal },
          onOver(count) {
            if (count - said < 50) return;
            said = count;
            onProgress(`${count} questions are over`);
          },
        });
        over.abort();
        const troubles = await trouble;
        onProgress('All turns are over; waiting for their notices');
        await untilNoticesEnd(stage, PATIENCE_MS);
        collected.stop();
        const records = await harvestLadder(stage, asked, collected.mails);
        return { records, violations: judgeLadder(records), tookMs: Date.now() - beganAt, ...troubles };
      } finally {
        over.abort();
        collected.stop();
      }
    }),
  );
}

function tally({ questions, mails, cards, notices, operatorTold }: LadderRecords) {
  return {
    questions: countBy(questions, ({ status }) => status),
    mails: countBy(mails, ({ kind }) => kind),
    cards: cards.length,
    notices: countBy(notices, ({ state }) => state),
    endsFailed: notices.filter(isEndFailed).length,
    operatorTold: operatorTold.length,
  };
}
