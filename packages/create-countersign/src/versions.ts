import { readFileSync } from 'node:fs';

const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
const { version } = JSON.parse(manifest) as { version: string };

/** What a project depends on. Our packages have one version; the others are the ones `countersign` itself is built with. */
export const VERSIONS = {
  countersignVersion: `^${version}`,
  zodVersion: '^4.6.7',
  nodeTypesVersion: '^24.19.2',
  typescriptVersion: '~6.0.0',
} as const;
