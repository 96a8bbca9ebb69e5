import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Client, Connection } from '@temporalio/client';
import OpenAI from 'openai';
import { z } from 'zod';

import { launchCommand } from '../src/cli/child-process.ts';
import { demoApplicationFile } from '../src/cli/demo-app.ts';
import { DEV_TENANT } from '../src/cli/session.ts';
import { startStack } from '../src/cli/stack.ts';
import { createSupervisor } from '../src/cli/supervisor.ts';
import { createClient } from '../src/client.ts';
import type { Approval, DecisionKind } from '../src/contracts/approval.ts';
import { figures, table } from './statistics.ts';

const FLOOR = 'floor: signal, one activity';
const WARM_UP = 10;

/** One run that waits: give it a decision, and say which run's submit shows that it arrived. */
interface Waiting {
  runId: string;
  decide: () => Promise<unknown>;
}

type Contestant = () => Promise<Waiting>;

/**
 * From the moment a decision is sent until `submit_tool_outputs` reaches the provider, beside the floor of the engine: a
 * bare signal and one activity that makes the same request. All are run in turn, on the same server, each in processes of
 * its own as in production.
 */
export async function benchDecision({ count }: { count: number }): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-'));
  const stack = await startStack({
    folder,
    keepsState: false,
    freePorts: true,
    applicationFile: demoApplicationFile,
    runTtlSeconds: 600,
    onProgress: (message) => console.error(message),
    onEvent: () => undefined,
    onOutput: () => undefined,
  });
  const floorProcess = createSupervisor();
  try {
    const { gateway, simulator, temporal: address, apiKey } = await stack.describe();
    if (simulator === null) throw new Error('The bench needs the simulator: unset OPENAI_API_KEY.');
    const taskQueue = 'floor';
    const main = fileURLToPath(new URL('./floor-worker.ts', import.meta.url));
    const args = [...process.execArgv, main, address, taskQueue, simulator];
    await floorProcess.start('floor', launchCommand({ args, ready: z.unknown() }));

    const connection = await Connection.connect({ address });
    const temporal = new Client({ connection });
    const client = await createClient({
      connection: { address },
      namespace: 'default',
      taskQueue: 'countersign',
    });
    const openai = new OpenAI({ apiKey: 'simulator', baseURL: simulator, maxRetries: 0 });
    const assistant = await openai.beta.assistants.create({ model: 'gpt-5' });

    async function held(): Promise<Approval & { runId: string }> {
      const message = 'Please refund order A-1042';
      const { turnId } = await client.startTurn({
        tenant: DEV_TENANT,
        conversationId: `b-${randomUUID()}`,
        message,
      });
      const turn = await client.getTurn(DEV_TENANT, turnId, 30_000);
      const approval = turn?.approvals[0];
      if (approval === undefined || turn?.run === undefined)
        throw new Error(`No approval: ${JSON.stringify(turn)}`);
      return { ...approval, runId: turn.run.runId };
    }
    const byGateway =
      (decision: DecisionKind): Contestant =>
      async () => {
        const { approvalId, runId } = await held();
        const decide = (): Promise<Response> =>
          fetch(`${gateway}/v1/approvals/${approvalId}/decision`, {
            method: 'POST',
            headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
            body: JSON.stringify({ decision }),
          });
        return { runId, decide };
      };
    const byClient =
      (decision: DecisionKind): Contestant =>
      async () => {
        const { approvalId, runId } = await held();
        const decidedAt = new Date().toISOString();
        const said = {
          approvalId,
          decisionId: randomUUID(),
          decision,
          approver: { id: 'b' },
          decidedAt,
          source: 'api',
        };
        return { runId, decide: () => client.decide(DEV_TENANT, said) };
      };
    const floor: Contestant = async () => {
      const thread = { messages: [{ role: 'user' as const, content: 'Please refund order A-1042' }] };
      const { id, thread_id } = await openai.beta.threads.createAndRun({
        assistant_id: assistant.id,
        thread,
      });
      for (;;) {
        const run = await openai.beta.threads.runs.retrieve(id, { thread_id });
        const toolCallId = run.required_action?.submit_tool_outputs.tool_calls[0]?.id;
        if (toolCallId !== undefined) {
          const args = [{ threadId: thread_id, runId: id, toolCallId }];
          const workflow = await temporal.workflow.start('floor', {
            workflowId: `floor-${id}`,
            taskQueue,
            args,
          });
          return { runId: id, decide: () => workflow.signal('go') };
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };

    const contestants: Record<string, Contestant> = {
      [FLOOR]: floor,
      'client.ts, deny (no tool runs)': byClient('deny'),
      'client.ts, approve (runs the tool first)': byClient('approve'),
      'gateway, deny (no tool runs)': byGateway('deny'),
      'gateway, approve (runs the tool first)': byGateway('approve'),
    };
    const samples: Record<string, number[]> = {};
    for (let round = 0; round < WARM_UP + count; round += 1) {
      for (const [name, contestant] of Object.entries(contestants)) {
        const { runId, decide } = await contestant();
        const beganAt = Date.now();
        await decide();
        const arrivedAt = await submitOf(runId, simulator);
        if (round >= WARM_UP) (samples[name] ??= []).push(arrivedAt - beganAt);
      }
      if (round % 10 === 9) console.error(`${round + 1} of ${WARM_UP + count} rounds`);
    }
    const rows = Object.fromEntries(Object.entries(samples).map(([name, taken]) => [name, figures(taken)]));
    console.log(table(rows, FLOOR));
    await writeResult('decision', rows);
    await client.close();
    await connection.close();
  } finally {
    await floorProcess.stop();
    await stack.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** When the provider saw the submit of a run: milliseconds since 1970, on the clock of this machine. */
async function submitOf(runId: string, simulator: string): Promise<number> {
  for (;;) {
    const response = await fetch(new URL('/_simulator/requests', simulator));
    const { requests } = (await response.json()) as {
      requests: { operation: string; path: string; time: string }[];
    };
    const submit = requests.find(
      ({ operation, path }) => operation === 'runs.submit' && path.includes(runId),
    );
    if (submit !== undefined) {
      // Only what is of interest is kept, so that looking stays cheap.
      await fetch(new URL('/_simulator/requests', simulator), { method: 'DELETE' });
      return Date.parse(submit.time);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function writeResult(name: string, rows: unknown): Promise<void> {
  const folder = new URL('./results/', import.meta.url);
  await mkdir(folder, { recursive: true });
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, node: process.version };
  const result = { name, at: new Date().toISOString(), machine, rows };
  await writeFile(new URL(`${name}.json`, folder), `${JSON.stringify(result, null, 2)}\n`);
}
