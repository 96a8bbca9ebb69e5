import { setTimeout as sleep } from 'node:timers/promises';

/** When outputs reached the provider, as its own record of requests has it. */
export interface SubmitWatch {
  submitOf(runId: string): Promise<Submit>;
}

interface Submit {
  /** Milliseconds since 1970, on the clock of this machine. */
  arrivedAtMs: number;
  /** When the tool began, as its output says; null when no tool ran. */
  startedAtMs: number | null;
}

interface SeenRequest {
  operation: string;
  path: string;
  time: string;
  body: { tool_outputs?: { output: string }[] };
}

const LIMIT_MS = 60_000;

export function createSubmitWatch(simulator: string): SubmitWatch {
  const url = new URL('/_simulator/requests', simulator);
  return {
    async submitOf(runId) {
      const until = Date.now() + LIMIT_MS;
      while (Date.now() < until) {
        const { requests } = (await (await fetch(url)).json()) as { requests: SeenRequest[] };
        const submit = requests.find(
          ({ operation, path }) => operation === 'runs.submit' && path.includes(runId),
        );
        if (submit !== undefined) {
          // Only what is of interest is kept, so that looking stays cheap.
          await fetch(url, { method: 'DELETE' });
          return { arrivedAtMs: Date.parse(submit.time), startedAtMs: startOfTool(submit) };
        }
        await sleep(20);
      }
      throw new Error(`No outputs reached the provider for ${runId} within ${LIMIT_MS / 1_000} s.`);
    },
  };
}

function startOfTool({ body }: SeenRequest): number | null {
  const output = body.tool_outputs?.[0]?.output ?? '';
  const found = /"startedAtMs":(\d+)/.exec(output)?.[1];
  return found === undefined ? null : Number(found);
}
