import { serve } from '@hono/node-server';
import { Hono } from 'hono';

/**
 * A provider that gives two calls of one round the same id, as some compatible servers do: it stands between the workers and the
 * simulator. Calls of a round that ask for the same get the first one's id, and its output is every one's. It keeps nothing, so that it
 * says the same before and after a death.
 */
export async function startSameIds(simulator: string): Promise<{ url: string; close(): Promise<void> }> {
  const app = new Hono();

  async function forward(request: Request, body?: string): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const headers = new Headers(request.headers);
    for (const name of ['host', 'connection', 'content-length', 'transfer-encoding']) headers.delete(name);
    return fetch(new URL(`${pathname}${search}`, simulator), {
      method: request.method,
      headers,
      ...(body !== undefined && { body }),
    });
  }

  app.post('/v1/threads/:threadId/runs/:runId/submit_tool_outputs', async (c) => {
    const { threadId, runId } = c.req.param();
    const run = await fetch(new URL(`/v1/threads/${threadId}/runs/${runId}`, simulator), {
      headers: { authorization: 'Bearer simulator', 'openai-beta': 'assistants=v2' },
    });
    const groups = sameCalls((await run.json()) as Run);
    const { tool_outputs, ...rest } = await c.req.json<{ tool_outputs: Output[] }>();
    const all = tool_outputs.flatMap((output) =>
      (groups.get(output.tool_call_id) ?? [output.tool_call_id]).map((tool_call_id) => ({
        ...output,
        tool_call_id,
      })),
    );
    return renamed(await forward(c.req.raw, JSON.stringify({ ...rest, tool_outputs: all })));
  });
  app.all('*', async (c) => {
    const body = c.req.method === 'POST' ? await c.req.text() : undefined;
    return renamed(await forward(c.req.raw, body));
  });
  // The simulator is dead just now, and so is whatever stands before it.
  app.onError((_, c) => {
    (c.env as { outgoing?: { destroy(): void } }).outgoing?.destroy();
    return c.body(null, 503);
  });

  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 });
  await new Promise<void>((resolve) => server.once('listening', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It listens nowhere.');
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

interface Output {
  tool_call_id: string;
}

interface Run {
  object?: string;
  required_action?: {
    submit_tool_outputs: { tool_calls: { id: string; function: { name: string; arguments: string } }[] };
  } | null;
}

/** By the id that is shown: the ids of all calls that ask for the same. */
function sameCalls({ required_action: action }: Run): Map<string, string[]> {
  const calls = action?.submit_tool_outputs.tool_calls ?? [];
  const groups = Map.groupBy(calls, ({ function: { name, arguments: args } }) => `${name} ${args}`);
  return new Map([...groups.values()].map((group) => [group[0]?.id ?? '', group.map(({ id }) => id)]));
}

async function renamed(answer: Response): Promise<Response> {
  const headers = new Headers(answer.headers);
  for (const name of ['content-length', 'content-encoding', 'transfer-encoding']) headers.delete(name);
  let text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json') === true;
  const body = isJson ? tryJson(text) : undefined;
  const runs = body?.object === 'list' && Array.isArray(body.data) ? (body.data as Run[]) : [body ?? {}];
  for (const run of runs) {
    for (const [shown, ids] of sameCalls(run)) {
      for (const id of ids.slice(1)) text = text.replaceAll(id, shown);
    }
  }
  return new Response(text, { status: answer.status, headers });
}

function tryJson(text: string): (Run & { data?: unknown }) | undefined {
  try {
    return JSON.parse(text) as Run & { data?: unknown };
  } catch {
    return undefined;
  }
}
