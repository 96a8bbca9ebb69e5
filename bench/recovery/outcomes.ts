import { turnWorkflowId } from '../../src/contracts/ids.ts';
import { historyOf } from '../history-cost.ts';
import type { Held } from '../parked/held.ts';
import { TENANT, type Stage } from '../stage.ts';
import { toolStartedAt } from '../tool-start.ts';
import { causesOf, endOf, executionsOf, lastAttemptAt, type Cause } from './causes.ts';
import type { Running } from './scene.ts';

/** How one turn came through; times in ms since 1970. */
export interface Outcome {
  kind: 'tool' | 'run' | 'held';
  /** When the new worker went on with it: began the activity again, or the tool of a decision. */
  takenUpAt: number;
  completeAt: number;
  causes: Cause[];
}

/** Reads the record of a turn that was in the middle of its work. @throws Error when a tool was asked for twice. */
export async function outcomeOfRunning(stage: Stage, { turnId, work }: Running): Promise<Outcome> {
  const { events } = await historyOf(stage.temporal, turnWorkflowId(TENANT, turnId));
  const { scheduled } = executionsOf(events, 'executeAndSubmit');
  if (scheduled !== (work === 'tool' ? 1 : 0)) throw new Error(`${turnId} asked for ${scheduled} tools.`);
  return {
    kind: work,
    takenUpAt: lastAttemptAt(events, work === 'tool' ? 'executeAndSubmit' : undefined),
    completeAt: endOf(events),
    causes: causesOf(events),
  };
}

/** Reads the record of a turn that was decided. @throws Error when its tool ran more than once. */
export async function outcomeOfHeld(stage: Stage, held: Held): Promise<Outcome> {
  const { events } = await historyOf(stage.temporal, turnWorkflowId(TENANT, held.turnId));
  const { scheduled, attempts } = executionsOf(events, 'executeAndSubmit');
  if (scheduled !== 1 || attempts !== 1) {
    throw new Error(`${held.turnId} asked for ${scheduled} tools, with ${attempts} attempts.`);
  }
  return {
    kind: 'held',
    takenUpAt: await toolStartedAt(stage, held),
    completeAt: endOf(events),
    causes: causesOf(events),
  };
}
