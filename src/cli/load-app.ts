import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { ConfigError } from '../config.ts';
import { isApp, type App } from '../define/app.ts';
import { DefinitionError } from '../contracts/definition-error.ts';

/**
 * Loads the application from its file: the default export, made by `defineApp`.
 *
 * @throws ConfigError when the file is missing, throws, or exports something else; the message names the file.
 */
export async function loadApp(file: string): Promise<App> {
  const path = resolve(file);
  await access(path).catch(() => {
    throw new ConfigError(
      `There is no application file ${path}. Write one that exports defineApp({ assistants }) as default, or set COUNTERSIGN_CONFIG to yours.`,
    );
  });
  let module: { default?: unknown };
  try {
    module = (await import(pathToFileURL(path).href)) as { default?: unknown };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const hint = error instanceof DefinitionError ? '' : ' It failed while it was being loaded.';
    throw new ConfigError(`The application file ${path} cannot be used: ${reason}${hint}`, { cause: error });
  }
  if (isApp(module.default)) return module.default;
  throw new ConfigError(`The application file ${path} must export defineApp({ assistants }) as default.`);
}
