import type { App } from '../../define/app.ts';
import { openStore, type Store } from '../../store/store.ts';
import { createWorker, type CountersignWorker } from '../../worker.ts';
import { reportsOnClock } from '../clock/reports.ts';
import { startsOnClock } from '../clock/starts.ts';
import { noting, toEffects, type EffectNote } from '../effects.ts';
import { noticesBy } from './mail.ts';
import { openWire, type Wire } from './wire.ts';
import type { GateWorker, WorkerPlace } from './worker.ts';

interface Running {
  handle: CountersignWorker;
  working: Promise<void>;
  wires: Wire[];
  store: Store | undefined;
}

/**
 * A worker in the process of the test, so that its tools share variables with it. A part of a process cannot be killed, so `kill` cuts
 * everything that it could be heard by: its connections to Temporal and to the provider, for good and at once. What its code is in the
 * middle of goes on to its end in this process, and nobody learns what came of it; a tool that has begun has its effect all the same.
 */
export function createInProcessWorker(app: App, place: WorkerPlace): GateWorker {
  const { temporal, provider, bundle, clock, more, storeUrl, mail, events, onStart, onOutrun } = place;
  const notes: EffectNote[] = [];
  const noted = noting(app, (note) => notes.push(note));
  let running: Running | undefined;

  return {
    isUp: () => running !== undefined,
    async start() {
      const toTemporal = await openWire(temporal.address);
      const url = new URL(provider.baseURL);
      const toProvider = await openWire(url.host);
      const { address: _address, ...own } = temporal;
      const store =
        storeUrl === null
          ? undefined
          : await openStore({ url: storeUrl, clock: clock.now, onUnreachable: () => undefined });
      const handle = await createWorker({
        ...(mail && { notices: noticesBy(mail) }),
        ...(events && { events }),
        ...more,
        app: noted,
        store,
        provider: {
          ...provider,
          apiKey: 'simulator',
          baseURL: `http://${toProvider.address}${url.pathname}`,
        },
        temporal: { ...own, connection: { address: toTemporal.address } },
        workflowBundle: bundle,
        interceptors: {
          activity: [reportsOnClock(clock.aheadMs), ...(more.interceptors?.activity ?? [])],
          client: {
            ...more.interceptors?.client,
            workflow: [startsOnClock({ aheadMs: clock.aheadMs, onStart, onOutrun })],
          },
        },
      });
      running = { handle, working: handle.run(), wires: [toTemporal, toProvider], store };
    },
    stop,
    close: stop,
    kill() {
      const killed = running;
      running = undefined;
      for (const wire of killed?.wires ?? []) wire.cut();
      // It cannot reach anybody any more; what it says about that is of no interest.
      killed?.working.catch(() => undefined);
      killed?.handle.shutdown();
      return killed?.store?.close() ?? Promise.resolve();
    },
    tellClock: () => Promise.resolve(), // it reads the gate's own
    effects: () => toEffects(notes),
  };
  async function stop(): Promise<void> {
    const stopping = running;
    running = undefined;
    stopping?.handle.shutdown();
    await stopping?.working;
    for (const wire of stopping?.wires ?? []) wire.cut();
    await stopping?.store?.close();
  }
}
