import { z } from 'zod';

import { CHANNEL_NAMES, type Notify } from '../notice.ts';

/** More rungs no ladder has. */
const RUNGS_MAXIMUM = 8;

const GroupsSchema = z.array(z.string().min(1).max(200)).min(1, 'must name at least one group').max(100);

const RungSchema = z
  .strictObject({
    afterMs: z.number().positive(),
    remind: z.literal(true, 'must be true, or absent').exactOptional(),
    tell: GroupsSchema.exactOptional(),
    mayDecide: GroupsSchema.exactOptional(),
  })
  .refine((rung) => rung.remind ?? rung.tell ?? rung.mayDecide, {
    message: 'must say "remind", "tell" or "mayDecide"',
  });

/** Whom a policy tells, as programs write it. */
export const NotifySchema = z.strictObject({
  channels: z.array(z.enum(CHANNEL_NAMES, `must be one of ${CHANNEL_NAMES.join(', ')}`)).exactOptional(),
  ladder: z
    .array(RungSchema)
    .max(RUNGS_MAXIMUM, `must have at most ${RUNGS_MAXIMUM} rungs`)
    .refine((rungs) => rungs.every(({ afterMs }, index) => afterMs > (rungs[index - 1]?.afterMs ?? 0)), {
      message: 'must have its rungs in the order of "after", each later than the one before',
    })
    .exactOptional(),
}) satisfies z.ZodType<Notify>;
