import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { verdict } from './campaign.ts';
import { within, type Command } from './campaigns.ts';
import type { Plan } from './plan.ts';
import type { ScenarioRun } from './scenarios/common.ts';
import { playOffline } from './scenarios/offline.ts';
import { playPickup } from './scenarios/pickup.ts';
import { playRivals } from './scenarios/rivals.ts';
import { withStage } from './stage.ts';

export const SCENARIOS: Readonly<Record<string, () => ScenarioRun>> = {
  offline: playOffline,
  rivals: playRivals,
  pickup: playPickup,
};

/** Start and verdict included. */
const LIMIT_MS = 600_000;

/** Plays a scenario, and has the oracle look at what it left behind. */
export async function runScenario(name: string, command: Command): Promise<boolean> {
  const create = SCENARIOS[name];
  if (create === undefined)
    throw new Error(`There is no scenario "${name}": ${Object.keys(SCENARIOS).join(', ')}.`);
  const scenario = create();
  const { turns, onPassed } = scenario;
  const plan: Plan = { seed: command.seed, turns, kills: [], disturbances: [] };
  const folder = join(command.folder, name);
  await mkdir(folder, { recursive: true });
  const options = {
    ...{ folder, turns, workflowBundle: command.workflowBundle },
    ...{ runTtlSeconds: 600, store: 'sqlite' as const },
    turnLimitMs: 240_000,
    ...(onPassed && { onPassed }),
  };
  return within(LIMIT_MS, `The scenario "${name}"`, command.signal, (signal) =>
    withStage({ ...options, signal }, async (stage) => {
      const { figures, holds } = await scenario.play(stage, command.onProgress);
      const { violations } = await verdict(stage, { plan, folder, signal, patienceMs: 30_000 });
      const isGood = holds && violations.length === 0;
      await command.writeJson({ scenario: name, figures, holds, violations });
      for (const [figure, value] of Object.entries(figures)) command.say(line(figure, value));
      for (const { kind, subject, detail } of violations) command.say(`  ${kind}  ${subject}  ${detail}`);
      command.say(line('violations', violations.length));
      command.say(line('the claim holds', isGood ? 'yes' : 'NO'));
      return isGood;
    }),
  );
}

function line(name: string, value: string | number | null): string {
  return `  ${name.padEnd(58)}${value ?? '-'}`;
}
