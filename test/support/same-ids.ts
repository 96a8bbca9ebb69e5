import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/**
 * Stands before a simulator that plays Assistants and names every call `call_0`, as servers do that count them anew in each answer. One
 * output answers every call of its id.
 */
export async function startSameIds(provider: string): Promise<{ url: string; close: () => Promise<void> }> {
  const pending = new Map<string, string[]>();

  function remember(body: string): void {
    const run = JSON.parse(body) as {
      id?: string;
      required_action?: { submit_tool_outputs: { tool_calls: { id: string }[] } } | null;
    };
    if (run.id === undefined || !run.required_action) return;
    pending.set(
      run.id,
      run.required_action.submit_tool_outputs.tool_calls.map(({ id }) => id),
    );
  }

  /** The outputs under the ids that the simulator knows. */
  function restore(path: string, body: string): string {
    const runId = /\/runs\/([^/]+)\/submit_tool_outputs/.exec(path)?.[1];
    if (runId === undefined) return body;
    const { tool_outputs: outputs } = JSON.parse(body) as { tool_outputs: { output: string }[] };
    const ids = pending.get(runId) ?? [];
    const all =
      outputs.length === 1 ? ids.map((id) => ({ tool_call_id: id, output: outputs[0]!.output })) : outputs;
    return JSON.stringify({ tool_outputs: all });
  }

  const server = createServer((request, response) => {
    void (async () => {
      const path = request.url ?? '/';
      const body = restore(path, await text(request));
      const { host: _host, 'content-length': _length, connection: _connection, ...headers } = request.headers;
      const answer = await fetch(new URL(path, provider), {
        method: request.method ?? 'GET',
        headers: headers as Record<string, string>,
        ...(body !== '' && { body }),
      });
      const said = await answer.text();
      if (answer.ok) remember(said);
      response.writeHead(answer.status, {
        'content-type': 'application/json',
        date: answer.headers.get('date') ?? new Date().toUTCString(),
      });
      response.end(said.replaceAll(/"call_[A-Za-z0-9]+"/g, '"call_0"'));
    })();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
