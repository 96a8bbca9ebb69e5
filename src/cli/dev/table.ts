import { relative } from 'node:path';

import { DEV_FOLDER, type DevFile } from '../files/dev-file.ts';
import { dim } from '../output.ts';

/** What is up and where, as lines. */
export function addressTable({
  at,
  applicationFile,
  scenarioFile,
}: {
  at: DevFile;
  applicationFile: string;
  scenarioFile: string | undefined;
}): string[] {
  const provider =
    at.simulator === null
      ? 'OPENAI_BASE_URL, with your OPENAI_API_KEY'
      : `${at.simulator}   ${dim(`the simulator, playing ${scenarioFile === undefined ? 'a refund desk' : shown(scenarioFile)}`)}`;
  const rows: [name: string, address: string][] = [
    ['inbox', at.inboxLink],
    ['gateway', `${at.gateway}   ${dim(`API key: ${DEV_FOLDER}/dev.json`)}`],
    ['provider', provider],
    ['Temporal', at.temporal],
    ...(at.temporalUi === null ? [] : [['Temporal UI', at.temporalUi] as [string, string]]),
    ['application', shown(applicationFile)],
  ];
  return rows.map(([name, address]) => `  ${name.padEnd(12)} ${address}`);
}

/** A path as short as it can be said from here. */
function shown(file: string): string {
  const path = relative(process.cwd(), file);
  return path === '' || path.startsWith('..') ? file : path;
}
