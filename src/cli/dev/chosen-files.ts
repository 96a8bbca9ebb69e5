import { access } from 'node:fs/promises';
import { resolve } from 'node:path';

import { workerConfig } from '../../config.ts';
import { demoApplicationFile } from '../demo/app.ts';
import { say, yellow } from '../output.ts';

/** The application's file, made whole: of the option, else of the environment, else the refund desk that is brought along. */
export async function chooseApplication(config: string | undefined): Promise<string> {
  const file = config ?? workerConfig().applicationFile;
  if (config !== undefined || (await isThere(file))) return resolve(file);
  say(yellow(`There is no ${file} here, so the example refund desk is used.`));
  return demoApplicationFile;
}

/** A file's path made whole; the name of a scenario that the simulator brings along stays as it is. */
export async function scenarioPath(given: string): Promise<string> {
  return (await isThere(given)) ? resolve(given) : given;
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
