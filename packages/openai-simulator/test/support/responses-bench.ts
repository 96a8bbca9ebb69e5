import OpenAI from 'openai';
import { afterAll, onTestFinished } from 'vitest';

import { startSimulator, type RunningSimulator, type SimulatorOptions } from '../../src/app.ts';

/** OpenAI's own client of a simulator, and the simulator's own routes. */
export interface Connected {
  client: OpenAI;
  simulator: RunningSimulator;
  inspect: (path: string, body?: object) => Promise<Record<string, unknown>>;
}

async function start(options: SimulatorOptions): Promise<Connected> {
  const simulator = await startSimulator({ latency: { startMs: 0, thinkMs: 0 }, ...options });
  const base = simulator.url.replace(/\/v1$/, '');
  return {
    client: new OpenAI({ apiKey: 'sk-simulated', baseURL: simulator.url, maxRetries: 0 }),
    simulator,
    async inspect(path, body) {
      const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
      return (await fetch(`${base}/_simulator/${path}`, init)).json() as Promise<Record<string, unknown>>;
    },
  };
}

/** A simulator that answers at once and ends with the test. */
export async function connect(options: SimulatorOptions = {}): Promise<Connected> {
  const connected = await start(options);
  onTestFinished(() => connected.simulator.close());
  return connected;
}

/** One for all tests of a file. */
export async function share(options: SimulatorOptions = {}): Promise<Connected> {
  const connected = await start(options);
  afterAll(() => connected.simulator.close());
  return connected;
}

export const functionTool = (name: string): OpenAI.Responses.FunctionTool => ({
  type: 'function',
  name,
  strict: false,
  parameters: { type: 'object', properties: { orderId: { type: 'string' } } },
});

export const DESK = [functionTool('lookup_order'), functionTool('refund_order')];

/** Name and arguments of the functions a response calls. */
export function callsOf({ output }: OpenAI.Responses.Response) {
  return output.flatMap((item) =>
    item.type === 'function_call' ? [[item.name, JSON.parse(item.arguments) as unknown]] : [],
  );
}

/** An output for every function a response calls. */
export function outputsOf(
  { output }: OpenAI.Responses.Response,
  say: (name: string) => string,
): OpenAI.Responses.ResponseInputItem[] {
  return output.flatMap((item) =>
    item.type === 'function_call'
      ? [{ type: 'function_call_output' as const, call_id: item.call_id, output: say(item.name) }]
      : [],
  );
}
