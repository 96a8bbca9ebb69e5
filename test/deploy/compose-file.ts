import { readFileSync } from 'node:fs';

import { parse } from 'yaml';

type Secret = string | { source: string; target?: string };

interface Service {
  image: string;
  user?: string;
  build?: unknown;
  entrypoint?: string[];
  command?: string[];
  environment?: Record<string, string>;
  secrets?: Secret[];
  ports?: string[];
  volumes?: string[];
  restart?: string;
  read_only?: boolean;
  privileged?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  network_mode?: string;
  networks?: string[];
  profiles?: string[];
  healthcheck?: { test: string[]; disable?: boolean };
  depends_on?: Record<string, { condition: string }>;
}

export interface ComposeFile {
  services: Record<string, Service>;
  secrets: Record<string, { file?: string }>;
  volumes: Record<string, unknown>;
}

/** docker-compose.yml with its YAML merges resolved and its variables left as they stand. */
export const composeFile = parse(repositoryFile('docker-compose.yml'), {
  merge: true,
  // Merges of merges count as many; the file is ours.
  maxAliasCount: -1,
}) as ComposeFile;

export const services = Object.entries(composeFile.services);

/** A job runs to its end before those that need it start; everything else runs until it is stopped. */
export const jobs = services.filter(([, { restart }]) => restart === 'no');
export const longRunning = services.filter((entry) => !jobs.includes(entry));

export function repositoryFile(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}
