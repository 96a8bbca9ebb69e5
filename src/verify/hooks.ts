import { z } from 'zod';

import type { ToolArguments } from '../contracts/tool-call.ts';

/** A call of a tool to try it with. */
export const SampleCallSchema = z.strictObject({
  tool: z.string().min(1),
  arguments: z.record(z.string(), z.unknown()),
  /** What the service would pass as the turn's context, such as `{ user: 'ada' }`. */
  context: z.record(z.string(), z.unknown()).exactOptional(),
});
export type SampleCall = z.output<typeof SampleCallSchema>;

/** What `verify` asks about one call. */
export interface EffectQuery {
  tool: string;
  idempotencyKey: string;
  /** As they ran. */
  arguments: ToolArguments;
}

/** What a configuration file may export as `verify`, beside its application. */
export interface Verify {
  /** The tools act in a sandbox while COUNTERSIGN_VERIFY is 1: `verify` runs them without asking. */
  sandboxed?: boolean;
  /** Calls to try the tools with, in place of derived ones. */
  calls?: readonly SampleCall[];
  /** How often the effect of a call has happened, counted where it happens. It runs in another process than the tools. */
  countEffects?: (query: EffectQuery) => number | undefined | Promise<number | undefined>;
}

export const VerifySchema = z.strictObject({
  sandboxed: z.boolean().optional(),
  calls: z.array(SampleCallSchema).optional(),
  countEffects: z
    .custom<NonNullable<Verify['countEffects']>>((value) => typeof value === 'function', 'must be a function')
    .optional(),
});
