import { z } from 'zod';

/** Faults of ours, put there on purpose: the self-test shows that the oracle finds them. */
export const LADDER_PLANTS = [
  'forgotten-end',
  'double-reminder',
  'swallowed',
  'swallowed-reminder',
  'needless-alarm',
] as const;
export type LadderPlant = (typeof LADDER_PLANTS)[number];

/** What a worker of the ladder run is started with: one JSON object as its only argument. */
export const LadderWorkerSettings = z.strictObject({
  /** host:port of Temporal. */
  temporal: z.string(),
  provider: z.url(),
  store: z.string(),
  workflowBundle: z.string(),
  /** Of the SMTP server, and of the server that plays Slack. */
  mail: z.url(),
  slack: z.url(),
  plant: z.enum(LADDER_PLANTS).nullable(),
});
export type LadderWorkerSettings = z.output<typeof LadderWorkerSettings>;

export const LADDER_QUEUE = 'ladder';
