import { loadScenario, SimulatorError } from '@countersign/openai-simulator';

import type { Stack } from '../stack.ts';
import { watchFiles } from './watch-files.ts';

/** What became of a change. */
export type Reloaded =
  | { what: 'application' | 'scenario'; file: string; ok: true }
  | { what: 'application' | 'scenario'; file: string; ok: false; reason: string };

/**
 * Takes up changes of the application and of the scenario. A worker with the new application takes the old one's place once it is ready;
 * one that does not come up changes nothing. The simulator plays another scenario without losing what it holds.
 *
 * @returns a function that ends it
 */
export function reloadOnChange(options: {
  stack: Stack;
  applicationFile: string;
  scenarioFile: string | null;
  simulator: string | null;
  onReloaded: (reloaded: Reloaded) => void;
}): () => void {
  const { stack, applicationFile, scenarioFile, simulator, onReloaded } = options;
  let isClosed = false;

  const tell = async (what: Reloaded['what'], file: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
      if (!isClosed) onReloaded({ what, file, ok: true });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!isClosed) onReloaded({ what, file, ok: false, reason });
    }
  };

  const application = watchFiles(
    oneByOne(() =>
      tell('application', applicationFile, async () => {
        await stack.replaceWorker();
        if (!isClosed) application.set(stack.applicationFiles());
      }),
    ),
  );
  application.set(stack.applicationFiles());

  const scenario = watchFiles(
    oneByOne(() => tell('scenario', scenarioFile ?? '', () => play(scenarioFile ?? '', simulator ?? ''))),
  );
  if (scenarioFile !== null && simulator !== null) scenario.set([scenarioFile]);

  return () => {
    isClosed = true;
    application.close();
    scenario.close();
  };
}

async function play(file: string, simulator: string): Promise<void> {
  const answer = await fetch(new URL('/_simulator/scenario', simulator), {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(await loadScenario(file)),
  });
  if (!answer.ok) throw new SimulatorError(await answer.text());
}

/** A change that comes while an earlier one is taken up is taken up after it; of several, one. */
function oneByOne(work: () => Promise<void>): () => void {
  let under: Promise<void> | null = null;
  let again = false;
  const run = (): void => {
    if (under !== null) {
      again = true;
      return;
    }
    under = work().finally(() => {
      under = null;
      if (!again) return;
      again = false;
      run();
    });
  };
  return run;
}
