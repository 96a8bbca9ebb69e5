import { randomUUID } from 'node:crypto';

/** How the bench speaks to whoever is measured: one gated turn, step by step, each in the contestant's own way. */
export interface Turns {
  /** Starts a turn whose message asks for the gated tool; resolves when it waits for the decision. */
  hold(id: string): Promise<void>;
  /** Sends the decision to approve; rejects when nobody took it. */
  approve(id: string): Promise<void>;
  /** Resolves when the turn is over; rejects when it failed. */
  reply(id: string): Promise<void>;
  close(): Promise<void>;
}

export interface Contestant {
  name: string;
  turns: Turns;
  /** The processes on this machine that do its work: `worker`, `engine`, `database` where its record has one,
   * and `simulator`, which plays the model for all. */
  pids(): Promise<Record<string, number>>;
  /** SIGKILL to the worker program; resolves when it is gone. It stays down. */
  killWorker(): Promise<void>;
  /** Resolves when it is ready again. */
  startWorker(): Promise<void>;
  stop(): Promise<void>;
}

/** What the client of a peer is created with. */
export interface PeerLink {
  /** Where its engine is reached: `address` of Temporal, `database` of PostgreSQL, `ingress` and `admin` of Restate. */
  engine: Readonly<Record<string, string>>;
  /** Port of the worker program, where it listens on one. */
  port: number;
}

/** What a peer's worker program gets as its only argument, in JSON. */
export interface PeerWorkerOptions extends PeerLink {
  /** Base URL of the simulator, with `/v1`. */
  simulator: string;
}

/** The message of a turn: its first word names what the simulated model does, `gated` that it calls the tool. */
export function messageOf(id: string, word = 'gated'): string {
  return `${word} ${id}`;
}

/** One turn from start to end, decided as soon as it waits. */
export async function wholeTurn(turns: Turns): Promise<void> {
  const id = randomUUID();
  await turns.hold(id);
  await turns.approve(id);
  await turns.reply(id);
}

/** An engine that was there before, such as the Temporal of TEMPORAL_ADDRESS, has no process that could be accounted for. */
export function ofThoseUp(pids: Record<string, number | undefined>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(pids).flatMap(([name, pid]) => (pid === undefined ? [] : [[name, pid]])),
  );
}
