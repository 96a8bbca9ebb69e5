import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { parseScenario } from '../../src/app.ts';
import { createBench, HEADERS } from '../support/bench.ts';

/**
 * Streams are compared with recorded ones: the order of the events, and the fields and values of each but those of the
 * response in it (responses-recordings.test.ts), its numbers and its ids. How a text is cut into pieces is the model's own.
 */

interface StreamEvent {
  type: string;
  sequence_number: number;
  item?: { type: string };
  [field: string]: unknown;
}
interface Exchange {
  request: { path: string; body: object };
  response: { headers: Record<string, string>; events: { event: string; data: StreamEvent }[] };
}

const WEATHER = { tool: 'get_weather_at_location', arguments: { location: 'San Francisco, CA' } };
const ROLL = {
  tool: 'roll',
  rawArguments: '{"diceRollExpression":"2d4 + 1"}',
  mcp: { serverLabel: 'dmcp', output: '4' },
};
const scenario = parseScenario({
  rules: [
    { when: ['San Francisco'], rounds: [{ calls: [WEATHER] }] },
    { when: ['Roll'], rounds: [{ calls: [ROLL] }], reply: '4' },
  ],
});

test.each(['function-call-streaming', 'mcp-streaming'])('streams as recorded: %s', async (name) => {
  const source = readFileSync(new URL(`../recordings/responses/${name}.json`, import.meta.url), 'utf8');
  const [{ request, response }] = (JSON.parse(source) as { exchanges: [Exchange] }).exchanges;
  const bench = createBench({ scenario, latency: { startMs: 0, thinkMs: 0 } });
  const answer = await bench.simulator.request(request.path, {
    method: 'POST',
    headers: HEADERS,
    body: JSON.stringify(request.body),
  });
  expect(answer.headers.get('content-type')).toBe(response.headers['content-type']);
  const ours = (await answer.text()).split('\n\n').slice(0, -1);
  const events = ours.map((text) => JSON.parse(text.replace(/^event: .*\ndata: /, '')) as StreamEvent);
  expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
  // A model that thinks shows it by an item of its own.
  const recorded = response.events.map(({ data }) => data).filter(({ item }) => item?.type !== 'reasoning');
  expect(comparable(events)).toEqual(comparable(recorded));
});

/** Deltas that follow each other are one: their texts joined. */
function comparable(events: StreamEvent[]): object[] {
  const made: { type: string; text: string; event: object }[] = [];
  for (const { sequence_number: _, response, delta, obfuscation: __, output_index: ___, ...rest } of events) {
    const last = made.at(-1);
    const text = typeof delta === 'string' ? delta : '';
    if (delta !== undefined && last?.type === rest.type) last.text += text;
    else made.push({ type: rest.type, text, event: plain({ ...rest, hasResponse: response !== undefined }) });
  }
  return made;
}

/** Without ids, and without what a scenario does not say about a server's tools. */
function plain(event: object): object {
  const source = JSON.stringify(event, (key, value: unknown) =>
    key === 'description' || key === 'input_schema' ? undefined : value,
  );
  return JSON.parse(source.replaceAll(/\b([a-z]+)_\w{24,50}\b/g, '$1_')) as object;
}
