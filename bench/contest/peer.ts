import { z } from 'zod';

import { launchCommand } from '../../src/cli/child-process.ts';
import { createSupervisor } from '../../src/cli/supervisor.ts';
import type { Stage } from '../stage.ts';
import {
  ofThoseUp,
  wholeTurn,
  type Contestant,
  type PeerLink,
  type PeerWorkerOptions,
  type Turns,
} from './contestant.ts';
import { freePort } from './free-port.ts';
import { install, isInstalled } from './install.ts';
import { within } from './within.ts';

/** The peers, folders under bench/peers, by the engine that keeps their state. */
export const PEERS = {
  'temporal-openai-agents': 'temporal',
  langgraph: 'postgres',
  dbos: 'postgres',
  restate: 'restate',
} as const;
export type PeerName = keyof typeof PEERS;

const ENGINE_PROGRAMS = { postgres: './postgres.ts', restate: '../peers/restate/server.ts' };
const TRIAL_LIMIT_MS = 60_000;
const EngineInfo = z.record(z.string(), z.string());

/** Whether `npm run bench -- peers` has installed it before. */
export function isPeerInstalled(name: PeerName): Promise<boolean> {
  return isInstalled(folderOf(name));
}

function folderOf(name: PeerName): URL {
  return new URL(`../peers/${name}/`, import.meta.url);
}

/**
 * Installs a peer if need be and starts it: its engine (PostgreSQL, Restate; Temporal is the one of the stage), its worker
 * program, its client in this process; and lets it play one turn.
 *
 * @throws Error with what it lacks
 */
export async function startPeer(name: PeerName, stage: Stage): Promise<Contestant> {
  const folder = folderOf(name);
  const supervisor = createSupervisor();
  const program = (file: string | URL, args: string[] = []) => {
    const { pathname } = new URL(file, import.meta.url);
    return [...process.execArgv, decodeURIComponent(pathname), ...args];
  };
  try {
    await install(folder);
    const kind = PEERS[name];
    const engine =
      kind === 'temporal'
        ? { address: stage.address }
        : await supervisor.start(
            'engine',
            launchCommand({ args: program(ENGINE_PROGRAMS[kind]), ready: EngineInfo }),
          );
    const link: PeerLink = { engine, port: await freePort() };
    const options: PeerWorkerOptions = { ...link, simulator: stage.simulator };
    const args = program(new URL('worker.ts', folder), [JSON.stringify(options)]);
    await supervisor.start('worker', launchCommand({ args, ready: z.unknown() }));
    const client = (await import(new URL('client.ts', folder).href)) as {
      createTurns: (link: PeerLink) => Promise<Turns>;
    };
    const turns = await client.createTurns(link);
    await within(TRIAL_LIMIT_MS, wholeTurn(turns));

    return {
      name,
      turns,
      async pids() {
        const shared = await stage.pids();
        const { worker, engine = shared.temporal } = supervisor.pids();
        return ofThoseUp({ worker, engine, simulator: shared.simulator });
      },
      async killWorker() {
        supervisor.kill('worker', 'SIGKILL', { restart: false });
        while (supervisor.pids().worker !== undefined)
          await new Promise((resolve) => setTimeout(resolve, 10));
      },
      startWorker: () => supervisor.restart('worker'),
      async stop() {
        await turns.close();
        await supervisor.stop();
      },
    };
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
}
