import { randomUUID } from 'node:crypto';

import { createClient } from '../src/client.ts';
import type { Approval } from '../src/contracts/approval/approval.ts';
import type { DecisionKind } from '../src/contracts/approval/decision.ts';
import { turnWorkflowId } from '../src/contracts/ids.ts';
import { sign } from '../src/contracts/webhooks/signature.ts';
import { decide as decideSignal } from '../src/workflows/messages.ts';
import type { AppWorkerOptions } from './app-worker.ts';
import { bundleOf, startCountersign, startRecorded } from './contest/countersign.ts';
import { startFloor } from './floor.ts';
import { report, type Row } from './results.ts';
import { decideByGateway, decisionOn, heldTurn, progress, TENANT, withStage, type Stage } from './stage.ts';
import { latencyRow, median, ratioRow } from './statistics.ts';
import { createSubmitWatch, type SubmitWatch } from './submit-watch.ts';

const FLOOR = 'floor: signal, one activity';
const FLOOR_WITH_TOOL = 'floor with a tool: signal, two activities';
/** Its outcome is on record before its output is submitted, so that takes two activities (docs/decisions/0020). */
const ONCE = 'at-most-once tool';
const WARM = 'client.ts, approve';
/** What a decision may cost with all that proves it: as a multiple of the same without. */
const RECORDED_MOST = 1.25;
const WARM_UP = 10;
/** Of all samples: how many turns are held at once when their worker is replaced. */
const RESTARTS = 4;

/** A held turn: give it a decision, and say which run's submit shows that it arrived. */
interface Waiting {
  runId: string;
  decide: () => Promise<unknown>;
}
type Contestant = () => Promise<Waiting>;

interface Samples {
  /** Until the tool's `execute` began; absent where no tool runs. */
  toTool: number[];
  /** Until `submit_tool_outputs` reached the provider. */
  toSubmit: number[];
}

/**
 * From the moment a decision is sent until the tool starts, and until the provider gets its output; beside it the floor of the
 * engine, a bare signal and one activity that makes the same request; for a tool that is run at most once, also two. The
 * contestants take turns in one run, on one server, each in processes of its own as in production. Nothing is recorded or signed
 * but for those that say so.
 */
export async function benchDecision({ count = 100 }: { count?: number }): Promise<void> {
  await withStage({}, async (stage) => {
    const floor = await startFloor(stage);
    const plain = await startCountersign(stage, { name: 'plain' });
    const recorded = await startRecorded(stage);
    const evicted = await startOtherWorker(stage, 'evicted', 2);
    const watch = createSubmitWatch(stage.simulator);
    const { client } = plain;
    const held = () => heldTurn(client);
    const heldOnce = () => heldTurn(client, { message: 'once' });
    const contestants: Record<string, Contestant> = {
      [FLOOR]: () => floor.waiting(),
      [FLOOR_WITH_TOOL]: () => floor.waiting({ runsTool: true }),
      'client.ts, deny': byClient(plain, held, 'deny'),
      [WARM]: byClient(plain, held, 'approve'),
      'gateway, deny': byGateway(stage, held, 'deny'),
      'gateway, approve': byGateway(stage, held, 'approve'),
      [`client.ts, approve, ${ONCE}`]: byClient(plain, heldOnce, 'approve'),
      [`gateway, approve, ${ONCE}`]: byGateway(stage, heldOnce, 'approve'),
      'signal, approve': bySignal(stage, held),
      'signed webhook, approve': byWebhook(stage, held),
      'evicted from the cache, approve by client.ts': byClient(
        plain,
        async () => {
          const approval = await heldTurn(evicted);
          // Others come and go until nothing of this turn is left in a cache of two.
          await heldTurn(evicted);
          await heldTurn(evicted);
          return approval;
        },
        'approve',
      ),
      ...Object.fromEntries(
        recorded.map((own) => [
          `client.ts, approve, ${own.name}`,
          byClient(own, () => heldTurn(own.client, { message: own.word }), 'approve'),
        ]),
      ),
    };
    const samples: Record<string, Samples> = {};
    for (let round = 0; round < WARM_UP + count; round += 1) {
      for (const [name, contestant] of Object.entries(contestants)) {
        const taken = await takeSample(await contestant(), watch);
        if (round >= WARM_UP) record((samples[name] ??= { toTool: [], toSubmit: [] }), taken);
      }
      if (round % 10 === 9) progress(`${round + 1} of ${WARM_UP + count} rounds`);
    }
    samples['after a worker restart, approve by client.ts'] = await afterRestarts(stage, watch, count);
    await evicted.close();
    for (const own of [plain, ...recorded]) await own.stop();
    const toSubmit = (name: string): number => median(samples[name]?.toSubmit ?? []);
    await report('decision', [
      ...toRows(samples),
      ...recorded.map(({ name }) => {
        const way = `client.ts, approve, ${name}`;
        return ratioRow(`${way}, against without`, toSubmit(way), toSubmit(WARM), RECORDED_MOST);
      }),
    ]);
  });
}

function record({ toTool, toSubmit }: Samples, taken: { toTool: number | null; toSubmit: number }): void {
  toSubmit.push(taken.toSubmit);
  if (taken.toTool !== null) toTool.push(taken.toTool);
}

async function takeSample({ runId, decide }: Waiting, watch: SubmitWatch) {
  const beganAt = Date.now();
  await decide();
  const { arrivedAtMs, startedAtMs } = await watch.submitOf(runId);
  return {
    toSubmit: arrivedAtMs - beganAt,
    toTool: startedAtMs === null ? null : startedAtMs - beganAt,
  };
}

type Held = () => Promise<Approval & { runId: string }>;

function byClient({ client }: Pick<Stage, 'client'>, held: Held, decision: DecisionKind): Contestant {
  return async () => {
    const approval = await held();
    return { runId: approval.runId, decide: () => client.decide(TENANT, decisionOn(approval, decision)) };
  };
}

function byGateway(stage: Stage, held: Held, decision: 'approve' | 'deny'): Contestant {
  return async () => {
    const { approvalId, runId } = await held();
    return { runId, decide: () => decideByGateway(stage, approvalId, decision) };
  };
}

function bySignal({ temporal }: Stage, held: Held): Contestant {
  return async () => {
    const { turnId, runId, ...approval } = await held();
    const turn = temporal.workflow.getHandle(turnWorkflowId(TENANT, turnId));
    return { runId, decide: () => turn.signal(decideSignal, decisionOn(approval, 'approve')) };
  };
}

function byWebhook({ gateway, webhookSecret }: Stage, held: Held): Contestant {
  return async () => {
    const { approvalId, runId } = await held();
    const id = `msg_${randomUUID()}`;
    const body = JSON.stringify({ approvalId, decision: 'approve', approver: { id: 'bench' } });
    const decide = async (): Promise<void> => {
      const timestamp = Math.floor(Date.now() / 1_000);
      const signature = sign({ secret: webhookSecret, id, body, timestamp });
      const response = await fetch(`${gateway}/v1/webhooks/dev`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': signature,
        },
        body,
      });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`The webhook was answered ${response.status}: ${text}`);
    };
    return { runId, decide };
  };
}

/** A worker of our application on a task queue of its own, and the client that starts turns there. */
async function startOtherWorker(stage: Stage, name: string, maxCachedWorkflows: number) {
  const options = {
    taskQueue: name,
    simulator: stage.simulator,
    bundle: bundleOf(stage),
    maxCachedWorkflows,
  };
  await stage.start(name, './app-worker.ts', [JSON.stringify(options satisfies AppWorkerOptions)]);
  return createClient({ connection: { address: stage.address }, namespace: 'default', taskQueue: name });
}

/** Each of these turns is touched for the first time by a worker that was not there when it was held. */
async function afterRestarts(stage: Stage, watch: SubmitWatch, count: number): Promise<Samples> {
  const samples: Samples = { toTool: [], toSubmit: [] };
  const perRestart = Math.ceil(count / RESTARTS);
  for (let restart = 1; restart <= RESTARTS; restart += 1) {
    const name = `restarted-${restart}`;
    const client = await startOtherWorker(stage, name, 500);
    const waiting: Waiting[] = [];
    for (let index = 0; index < perRestart; index += 1) {
      waiting.push(await byClient({ client }, () => heldTurn(client), 'approve')());
    }
    await stage.end(name);
    const again = await startOtherWorker(stage, name, 500);
    for (const one of waiting) record(samples, await takeSample(one, watch));
    await stage.end(name);
    await client.close();
    await again.close();
    progress(`${restart} of ${RESTARTS} restarts of a worker`);
  }
  return samples;
}

function toRows(samples: Record<string, Samples>): Row[] {
  const submits = (name: string): number => median(samples[name]?.toSubmit ?? []);
  const floor = submits(FLOOR);
  const floorWithTool = submits(FLOOR_WITH_TOOL);
  const warm = submits(WARM);
  const once = `approve, ${ONCE}`;
  return [
    ...Object.entries(samples).flatMap(([name, { toTool, toSubmit }]) => [
      ...(toTool.length > 0 ? [latencyRow(`${name}: to the tool`, toTool)] : []),
      latencyRow(`${name}: to the submit`, toSubmit),
    ]),
    ratioRow('gateway, deny, against the floor', submits('gateway, deny'), floor, 1.5),
    ratioRow('gateway, approve, against the floor', submits('gateway, approve'), floor, 1.5),
    ratioRow('client.ts, deny, against the floor', submits('client.ts, deny'), floor, 1.25),
    ratioRow('client.ts, approve, against the floor', warm, floor, 1.25),
    ratioRow(`client.ts, ${once}, against the floor`, submits(`client.ts, ${once}`), floor),
    ratioRow(`gateway, ${once}, against the floor`, submits(`gateway, ${once}`), floor),
    ratioRow(
      `client.ts, ${once}, against the floor with a tool`,
      submits(`client.ts, ${once}`),
      floorWithTool,
      1.25,
    ),
    ratioRow(
      `gateway, ${once}, against the floor with a tool`,
      submits(`gateway, ${once}`),
      floorWithTool,
      1.5,
    ),
    ratioRow('evicted against warm', submits('evicted from the cache, approve by client.ts'), warm, 2),
    ratioRow(
      'after a restart against warm',
      submits('after a worker restart, approve by client.ts'),
      warm,
      2,
    ),
  ];
}
