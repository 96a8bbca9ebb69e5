import { z } from 'zod';

import { ProfileError, toBehaviour, type Behaviour } from './profiles.ts';
import type { Rules } from './rules.ts';
import type { Webhook } from './responses/events.ts';
import { SimulatorError } from './simulator-error.ts';
import { parseScenario, type Scenario } from './scenario/schema.ts';
import { isWebhookSecret } from './responses/webhook-signature.ts';

export interface SimulatorOptions {
  /**
   * Another server than OpenAI's: names of `PROFILES`, as a list or in one text with commas. Strictly OpenAI's by default.
   */
  profile?: string | readonly string[];
  /** How long a run lives from its creation, whatever happens in between. OpenAI's 600 by default. */
  runTtlSeconds?: number;
  /** What the "model" does; a refund desk by default. See {@link parseScenario} and {@link loadScenario}. */
  scenario?: Scenario;
  /** Where the state is kept, so that it survives a restart; in memory by default. One simulator for each file. */
  stateFile?: string;
  /**
   * How fast runs and responses go: `startMs` from queued to in_progress (20), `thinkMs` from there to calls or reply (40).
   * Who waits for an answer, in Chat Completions or Responses, waits for both. What the Agents API has accepted shows after
   * another `startMs`, and in a list by metadata after `listMs` (200).
   */
  latency?: { startMs?: number; thinkMs?: number; listMs?: number };
  /**
   * Who is told that a response in the background is over, as OpenAI's webhooks do; nobody by default. Of responses that were under
   * way when the simulator stopped nobody is told.
   */
  webhook?: Webhook;
  /** The largest file that is taken. OpenAI's 512 MB by default. */
  maximumFileBytes?: number;
  /** The one bearer token that is let in; without it, any is. */
  apiKey?: string;
  /** Milliseconds since 1970: the clock it lives by. */
  now?: () => number;
}

export interface CheckedOptions {
  rules: Rules;
  scenario: Scenario | undefined;
  stateFile: string | undefined;
  latency: { startMs: number; thinkMs: number; listMs: number };
  webhook: Webhook | undefined;
  maximumFileBytes: number;
  apiKey: string | undefined;
  now: () => number;
}

const milliseconds = z.int().min(0);
const schema = z.strictObject({
  profile: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .transform(behaviour),
  runTtlSeconds: z.int().min(1).max(31_536_000).default(600),
  scenario: z.unknown().optional(),
  stateFile: z.string().min(1).optional(),
  latency: z
    .strictObject({
      startMs: milliseconds.default(20),
      thinkMs: milliseconds.default(40),
      listMs: milliseconds.default(200),
    })
    .prefault({}),
  webhook: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }),
      secret: z.string().refine(isWebhookSecret, 'must be "whsec_" and the base64 of 24 to 64 random bytes'),
    })
    .optional(),
  maximumFileBytes: z
    .int()
    .min(1)
    .default(512 * 1024 * 1024),
  apiKey: z.string().regex(/^\S+$/, 'a key without spaces').optional(),
  now: z.custom<() => number>((value) => typeof value === 'function', 'a function').optional(),
});

/** @throws SimulatorError naming the option that does not fit. */
export function checkOptions(options: SimulatorOptions): CheckedOptions {
  const parsed = schema.safeParse(options);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'options'}: ${message}`,
    );
    throw new SimulatorError(`The simulator's options do not fit. ${faults.join('; ')}`);
  }
  const { profile, runTtlSeconds, latency, scenario, stateFile, webhook, maximumFileBytes, apiKey, now } =
    parsed.data;
  return {
    rules: { ...profile, runTtlSeconds },
    latency,
    scenario: scenario === undefined ? undefined : parseScenario(scenario),
    stateFile,
    webhook,
    maximumFileBytes,
    apiKey,
    now: now ?? Date.now,
  };
}

function behaviour(profile: string | string[] | undefined, context: z.RefinementCtx): Behaviour {
  try {
    return toBehaviour(profile);
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
    return z.NEVER;
  }
}
