import { z } from 'zod';

/** What each process is started with: one JSON object as its only argument. */

/** A fault of ours, put there on purpose: the self-test shows that the oracle finds it. */
const PLANTS = [
  ...(['double-submit', 'double-effect', 'lost-decision'] as const),
  ...(['told-denied', 'left-run', 'left-approval', 'unasked', 'unsubmitted'] as const),
  ...(['other-tenant', 'empty-reply', 'hung'] as const),
  ...(['dropped-entry', 'doubled-entry', 'unrecorded-effect', 'torn-record'] as const),
  ...(['one-vote', 'unsigned', 'kept-grant'] as const),
] as const;
export type Plant = (typeof PLANTS)[number];

const common = z.strictObject({
  name: z.string(),
  /** Where to ask what to do at a point. */
  control: z.url(),
  /** host:port of Temporal. */
  temporal: z.string(),
  plant: z.enum(PLANTS).nullable(),
  /** Where the store is. */
  store: z.string(),
  /** Files of the gateway's private key, and of the public one that workers trust. */
  signingKeyFile: z.string(),
  trustedKeysFile: z.string(),
});

export const WorkerSettings = common.extend({
  provider: z.url(),
  workflowBundle: z.string(),
  ledgerFile: z.string(),
});
export type WorkerSettings = z.output<typeof WorkerSettings>;

export const GatewaySettings = common.extend({
  port: z.int(),
  apiKeysFile: z.string(),
  sessionSecret: z.string(),
});
export type GatewaySettings = z.output<typeof GatewaySettings>;

export const SimulatorSettings = z.strictObject({
  port: z.int(),
  stateFile: z.string(),
  runTtlSeconds: z.int(),
  /** Names of the simulator's profiles; none is the strict one. */
  profile: z.array(z.string()),
});
export type SimulatorSettings = z.output<typeof SimulatorSettings>;

export const TASK_QUEUE = 'fault';
/** Whose turns they all are. */
export const TENANT = 'acme';
export const NAMESPACE = 'default';

export function readSettings<Schema extends z.ZodType>(schema: Schema): z.output<Schema> {
  return schema.parse(JSON.parse(process.argv[2] ?? ''));
}
