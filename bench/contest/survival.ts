import { randomUUID } from 'node:crypto';

import type { Row } from '../results.ts';
import { progress, type Stage } from '../stage.ts';
import { wholeTurn, type Contestant } from './contestant.ts';
import { clearRequests, deliveries } from './model-requests.ts';
import { within } from './within.ts';

/** How long a turn may take once its worker is back, before it counts as lost. */
const LIMIT_MS = 60_000;
const WARM_UP = 3;

/**
 * Kills the worker program (SIGKILL) while a turn waits for its decision, and decides: after the worker is back, to see
 * whether the approval was kept; and while it is down, to see whether the decision is applied without being sent again.
 */
export async function trySurvival(stage: Stage, contestants: Contestant[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const contestant of contestants) {
    progress(`Killing the worker of ${contestant.name}`);
    const { name, turns } = contestant;
    const kept = await tryOnce(stage, contestant, { decideWhileDown: false });
    const down = await tryOnce(stage, contestant, { decideWhileDown: true });
    for (let turn = 0; turn < WARM_UP; turn += 1) await wholeTurn(turns);
    rows.push(
      answer(`${name}: a killed worker loses no pending approval`, kept),
      answer(`${name}: a decision sent while the worker is down is applied`, down),
    );
    if (down.recoveredMs !== undefined) {
      const value = down.recoveredMs;
      rows.push({ name: `${name}: from worker ready again to the tool of that turn`, unit: 'ms', value });
    }
  }
  return rows;
}

interface Outcome {
  yes: boolean;
  /** What was seen. */
  text: string;
  recoveredMs?: number;
}

async function tryOnce(
  stage: Stage,
  contestant: Contestant,
  { decideWhileDown }: { decideWhileDown: boolean },
): Promise<Outcome> {
  const { turns } = contestant;
  const id = randomUUID();
  await turns.hold(id);
  await clearRequests(stage);
  await contestant.killWorker();
  const approve = () => failureOf(turns.approve(id));
  const refusal = decideWhileDown ? await approve() : null;
  await contestant.startWorker();
  const readyAtMs = Date.now();
  if (decideWhileDown && refusal !== null) {
    const again = (await approve()) ?? (await failureOf(turns.reply(id)));
    return {
      yes: false,
      text: `refused (${refusal}); sent again once it was back: ${again ?? 'applied'}`,
    };
  }
  const failure = (decideWhileDown ? null : await approve()) ?? (await failureOf(turns.reply(id)));
  if (failure !== null) return { yes: false, text: failure };
  const sent = await deliveries(stage);
  const [first] = sent;
  if (first === undefined || sent.length > 1)
    return { yes: false, text: `the tool ran ${sent.length} times` };
  return { yes: true, text: 'the tool ran once', recoveredMs: first.toolStartedAtMs - readyAtMs };
}

/** @returns null when the work was done in time, else what became of it. */
function failureOf(work: Promise<unknown>): Promise<string | null> {
  return within(LIMIT_MS, work).then(
    () => null,
    (error: unknown) => reasonOf(error),
  );
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  const code = (cause as { code?: string } | undefined)?.code;
  return code === undefined ? message : `${message}: ${code}`;
}

function answer(name: string, { yes, text }: Outcome): Row {
  return { name, unit: 'yes = 1', value: yes ? 1 : 0, worse: 'lower', goal: { text, met: yes } };
}
