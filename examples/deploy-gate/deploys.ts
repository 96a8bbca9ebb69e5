import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The system that has the effect: it rolls a version out and cannot be asked for the same roll-out twice. Its journal stands for what an
 * operator would look at in production.
 */
export interface Release {
  service: string;
  version: string;
}

interface Line extends Release {
  what: 'began' | 'ended';
  at: string;
}

const JOURNAL = process.env.DEPLOY_JOURNAL ?? '.countersign/deploys.ndjson';
const SECONDS = Number(process.env.DEPLOY_SECONDS ?? 10);

/** Takes its time, as roll-outs do. What is in the journal has happened in production. */
export async function rollOut(release: Release): Promise<void> {
  note('began', release);
  await sleep(SECONDS * 1_000);
  note('ended', release);
}

/** When the last roll-out of this version began, if nobody knows how it ended. */
export function unfinished({ service, version }: Release): string | null {
  const last = lines().findLast((line) => line.service === service && line.version === version);
  return last?.what === 'began' ? last.at : null;
}

/** What the journal has about a service, newest last. */
export function history(service: string): Line[] {
  return lines().filter((line) => line.service === service);
}

function note(what: Line['what'], { service, version }: Release): void {
  mkdirSync(dirname(JOURNAL), { recursive: true });
  appendFileSync(JOURNAL, `${JSON.stringify({ at: new Date().toISOString(), service, version, what })}\n`);
}

function lines(): Line[] {
  if (!existsSync(JOURNAL)) return [];
  return readFileSync(JOURNAL, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}
