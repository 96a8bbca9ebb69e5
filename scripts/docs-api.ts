/** Writes the reference of the TypeScript API below docs/reference/api/, from the exports of the package and the comments above them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { Application } from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';

const root = fileURLToPath(new URL('..', import.meta.url));

type Entry = string | Record<string, string>;
const { exports } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  exports: Record<string, Entry>;
};
/** The file of each door of the package, and what it is imported as. */
const doors = Object.entries(exports).flatMap(([path, entry]) => {
  const source = typeof entry === 'string' ? undefined : entry['countersign-source'];
  return source === undefined ? [] : [{ source, name: path.replace(/^\./, 'countersign') }];
});

const options: Partial<PluginOptions> = {
  hideBreadcrumbs: true,
  hidePageHeader: true,
  useCodeBlocks: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  entryFileName: 'README.md',
};

const application = await Application.bootstrapWithPlugins({
  ...options,
  entryPoints: doors.map(({ source }) => source),
  plugin: ['typedoc-plugin-markdown'],
  out: `${root}docs/reference/api`,
  tsconfig: `${root}tsconfig.build.json`,
  compilerOptions: { customConditions: ['countersign-source'] },
  // tsc has looked at them already.
  skipErrorChecking: true,
  router: 'module',
  readme: 'none',
  name: 'TypeScript API',
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  disableSources: true,
  disableGit: true,
  groupOrder: ['Functions', 'Variables', 'Interfaces', 'Type Aliases', 'Classes'],
  logLevel: 'Warn',
  validation: { notExported: false, notDocumented: true },
  requiredToBeDocumented: ['Function', 'Interface', 'Class', 'TypeAlias', 'Variable'],
});
const project = await application.convert();
if (project === undefined) throw new Error('The sources do not compile: run "npx tsc --noEmit".');
for (const module of project.children ?? []) {
  // TypeDoc calls a module by its file.
  const door = doors.find(({ source }) =>
    new RegExp(`^\\./src/${module.name}(?:/index)?\\.ts$`).test(source),
  );
  if (door !== undefined) module.name = door.name;
}
await application.generateOutputs(project);
