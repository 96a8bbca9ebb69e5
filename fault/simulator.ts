import { endWithParent, tellReady } from '../src/cli/child-process.ts';
import { untilStopped } from '../src/cli/run-command.ts';
import { startSimulator } from '@countersign/openai-simulator';
import { readSettings, SimulatorSettings } from './settings.ts';
import { SCENARIO } from './shapes.ts';

/** The simulator with the campaign's scenario and its state on disk. */
const { port, stateFile, runTtlSeconds, profile } = readSettings(SimulatorSettings);
const simulator = await startSimulator({
  ...{ port, stateFile, runTtlSeconds, scenario: SCENARIO },
  ...(profile.length > 0 && { profile }),
});
const stopped = untilStopped();
endWithParent();
tellReady({ url: simulator.url });
await stopped;
await simulator.close();
