import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { ConfigError } from '../config.ts';
import { isApp, type App } from '../define/app.ts';
import { DefinitionError } from '../contracts/definition-error.ts';
import { howToInstall } from '../contracts/how-called.ts';

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
    const hint = error instanceof DefinitionError ? '' : (missingPackage(reason) ?? LOADING);
    throw new ConfigError(`The application file ${path} cannot be used: ${reason} ${hint}`.trimEnd(), {
      cause: error,
    });
  }
  if (isApp(module.default)) return module.default;
  throw new ConfigError(`The application file ${path} must export defineApp({ assistants }) as default.`);
}

const LOADING = 'It failed while it was being loaded.';

/** The remedy, when what Node did not find is a package. A file that is not there is named by a path. */
function missingPackage(reason: string): string | null {
  const [, name] = /^Cannot find package '((?:@[^/']+\/)?[^/']+)/.exec(reason) ?? [];
  return name === undefined ? null : `Install it with "${howToInstall(name)}".`;
}
