import { setTimeout as sleep } from 'node:timers/promises';

import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';

import { conversationWorkflowId, turnWorkflowId } from '../src/contracts/ids.ts';
import type { Decision } from '../src/contracts/approval/decision.ts';
import type { DecisionAnswer, HttpRecord } from './records.ts';
import type { Disturbance } from './disturbances.ts';
import type { Processes } from './processes.ts';
import { NAMESPACE, TENANT } from './settings.ts';

/**
 * What else happens to a system, beside deaths: a provider that answers nonsense, and messages of strangers. None of it may change
 * what becomes of a turn. It also leaves decisions as signals, as the gateway does when no worker answers.
 */
export interface Disturber {
  /** Carries out the disturbances of a plan, each at its time, until `signal`. */
  disturb(disturbances: readonly Disturbance[], record: HttpRecord, signal: AbortSignal): Promise<void>;
  /** @returns an answer as of the gateway's 202, or that nobody could be reached */
  signalDecision(turnId: string, decision: Decision): Promise<DecisionAnswer>;
  /** How many of each kind were carried out. */
  readonly done: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

const RPC_LIMIT_MS = 5_000;

/** `over`: there is no such workflow any more. `not sent`: Temporal is dead just now. */
type Sent = keyof typeof ANSWERS;

/** As the gateway would have answered. */
const ANSWERS = {
  sent: { status: 202, outcome: 'accepted' },
  over: { status: 410, outcome: 'turn-over' },
  'not sent': { status: null, outcome: 'no answer' },
} as const;

export function createDisturber({
  simulator,
  temporal,
  store,
}: Pick<Processes, 'simulator' | 'temporal' | 'store'>): Disturber {
  const done = new Map<string, number>();
  let client: Client | undefined;

  async function signal(workflowId: string, name: string, payloads: unknown[]): Promise<Sent> {
    try {
      client ??= new Client({
        connection: await Connection.connect({ address: temporal, connectTimeout: RPC_LIMIT_MS }),
        namespace: NAMESPACE,
      });
      const { connection, workflow } = client;
      await connection.withDeadline(Date.now() + RPC_LIMIT_MS, () =>
        workflow.getHandle(workflowId).signal(name, ...payloads),
      );
      return 'sent';
    } catch (error) {
      return error instanceof WorkflowNotFoundError ? 'over' : 'not sent';
    }
  }

  async function carryOut(disturbance: Disturbance, record: HttpRecord): Promise<boolean> {
    if (disturbance.kind === 'provider') {
      const { operation, fault } = disturbance;
      return fetch(new URL('/_simulator/faults', simulator), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ match: { operation }, fault }),
      }).then(
        ({ ok }) => ok,
        () => false,
      );
    }
    if (disturbance.kind === 'store') {
      void store.cut(disturbance.forMs);
      return true;
    }
    const { to, name, payloads } = disturbance;
    const running = record.turns.filter(({ endedAt }) => endedAt === undefined);
    const turn = running[disturbance.pick % Math.max(running.length, 1)];
    const [turnId] = turn?.turnIds ?? [];
    if (turn === undefined || turnId === undefined) return false;
    const workflowId =
      to === 'turn'
        ? turnWorkflowId(TENANT, turnId)
        : conversationWorkflowId(TENANT, turn.plan.conversationId);
    return (await signal(workflowId, name, payloads)) === 'sent';
  }

  return {
    done,
    async disturb(disturbances, record, until) {
      const beganAt = Date.now();
      for (const disturbance of disturbances) {
        try {
          await sleep(Math.max(0, beganAt + disturbance.atMs - Date.now()), undefined, { signal: until });
        } catch {
          return; // all turns are over
        }
        const { kind } = disturbance;
        const name = kind === 'signal' ? `stray ${disturbance.name}` : disturbance.name;
        if (await carryOut(disturbance, record)) done.set(name, (done.get(name) ?? 0) + 1);
      }
    },
    async signalDecision(turnId, decision) {
      const sent = await signal(turnWorkflowId(TENANT, turnId), 'decide', [decision]);
      return { at: new Date().toISOString(), ...ANSWERS[sent] };
    },
    close: async () => client?.connection.close(),
  };
}
