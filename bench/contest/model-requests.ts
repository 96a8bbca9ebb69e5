import { z } from 'zod';

import type { Stage } from '../stage.ts';

/** When a turn's tool began and when the request with its output came to the simulator, in ms since 1970. */
export interface Delivery {
  toolStartedAtMs: number;
  arrivedAtMs: number;
}

const RequestsSchema = z.object({
  requests: z.array(z.object({ time: z.string(), method: z.string(), body: z.unknown() })),
});
const ToolOutput = z.object({ startedAtMs: z.number() });
/** `submit_tool_outputs` of Assistants, as Countersign sends it. */
const Submit = z.object({ tool_outputs: z.array(z.object({ output: z.string() })).min(1) });
/** A chat completion, as the peers ask for it. */
const Chat = z.object({ messages: z.array(z.object({ role: z.string(), content: z.unknown() })).min(1) });

export async function clearRequests({ simulator }: Pick<Stage, 'simulator'>): Promise<void> {
  await fetch(new URL('/_simulator/requests', simulator), { method: 'DELETE' });
}

/** The requests with the tool's output since the record was cleared, one turn at a time; more than one is a repetition. */
export async function deliveries({ simulator }: Pick<Stage, 'simulator'>): Promise<Delivery[]> {
  const answer = await fetch(new URL('/_simulator/requests', simulator));
  const { requests } = RequestsSchema.parse(await answer.json());
  return requests.flatMap(({ time, method, body }) => {
    const output = method === 'POST' ? outputOf(body) : null;
    if (output === null) return [];
    const { startedAtMs } = ToolOutput.parse(JSON.parse(output));
    return [{ toolStartedAtMs: startedAtMs, arrivedAtMs: Date.parse(time) }];
  });
}

function outputOf(body: unknown): string | null {
  const submit = Submit.safeParse(body);
  if (submit.success) return submit.data.tool_outputs[0]?.output ?? null;
  const last = Chat.safeParse(body).data?.messages.at(-1);
  if (last?.role !== 'tool') return null;
  return typeof last.content === 'string' ? last.content : JSON.stringify(last.content);
}
