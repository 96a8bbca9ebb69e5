import { z } from 'zod';

import type { ToolArguments } from '../contracts/tool-call.ts';
import type { TurnContext } from '../contracts/turn.ts';

/** Whether an action may still have its effect. */
export type Precondition = { ok: true } | { ok: false; reason: string };

const AnswerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true) }),
  z.object({ ok: z.literal(false), reason: z.string().min(1) }),
]) satisfies z.ZodType<Precondition>;

/** The effect waits for the answer, and a worker's slot with it. */
const LIMIT_MS = 10_000;

/** The precondition of a tool, with its arguments' type erased. Anything but a clear yes in time is a no. */
export function preconditionOf(
  tool: string,
  ask: (args: never, context: TurnContext) => Precondition | Promise<Precondition>,
): (args: ToolArguments, context: TurnContext) => Promise<Precondition> {
  const no = (why: string): Precondition => ({ ok: false, reason: `The precondition of "${tool}" ${why}.` });
  return async (args, context) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, LIMIT_MS, null);
    });
    try {
      const answer = await Promise.race([ask(args as never, context), late]);
      if (answer === null) return no(`had no answer after ${LIMIT_MS / 1_000} s`);
      const read = AnswerSchema.safeParse(answer);
      return read.success ? read.data : no('answered neither { ok: true } nor { ok: false, reason }');
    } finally {
      clearTimeout(timer);
    }
  };
}
