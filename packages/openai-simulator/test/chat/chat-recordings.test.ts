import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { createBench, HEADERS } from '../support/bench.ts';

/**
 * Every exchange of a recording is sent to the simulator as it was, and the answers are compared: status, fields, nulls and
 * values. Other values may have only what each answer has of its own.
 */

interface Exchange {
  request: { path: string; body: unknown };
  response: { status: number; headers: Record<string, string>; body: Fields };
}
type Fields = Record<string, unknown>;

/** Of which only the form is compared. The recorded model is named with its date; here it is named as it was asked for. */
const OWN = /^(id|created|model|system_fingerprint|usage\..*|choices\.\d+\.message\.tool_calls\.\d+\.id)$/;

const SCENARIO = {
  rules: [
    {
      when: ['Santiago', 'Karachi'],
      rounds: [
        {
          calls: [
            { tool: 'get_weather_for_city', rawArguments: '{"city_name": "Santiago"}' },
            { tool: 'get_weather_for_city', rawArguments: '{"city_name": "Karachi"}' },
          ],
        },
      ],
      reply: 'The current weather is as follows:\n- Santiago: Rainy\n- Karachi: Sunny',
    },
    {
      when: ['guess my mood'],
      rounds: [
        { calls: [{ tool: 'get_weather_for_city', arguments: { city_name: 'Osaka' } }] },
        {
          calls: [
            { tool: 'get_mood_for_weather', arguments: { weather: '{{output.get_weather_for_city}}' } },
          ],
        },
      ],
      reply:
        'Given that the weather in Osaka is {{output.get_weather_for_city}}, your mood might be described as {{output.get_mood_for_weather}}.',
    },
  ],
};

function flat(value: unknown, at = ''): [path: string, value: unknown][] {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return [[at, value]];
  return Object.entries(value).flatMap(([key, inner]) => flat(inner, at === '' ? key : `${at}.${key}`));
}

/** What is compared of a body: paths with values, or with the form of a value. */
function comparable(body: Fields): Fields {
  const form = (value: unknown) =>
    typeof value === 'string' ? value.replace(/[A-Za-z0-9]+$/, (end) => `<${end.length}>`) : typeof value;
  return Object.fromEntries(
    flat(body).map(([path, value]) => {
      if (!OWN.test(path)) return [path, value];
      return [path, path.endsWith('id') ? form(value) : typeof value];
    }),
  );
}

test.each(['parallel-tool-calls', 'consecutive-tool-calls', 'strict-schema-refused', 'wrong-key'])(
  'answers as recorded: %s',
  async (name) => {
    const { exchanges } = JSON.parse(
      readFileSync(new URL(`../recordings/chat/${name}.json`, import.meta.url), 'utf8'),
    ) as { exchanges: Exchange[] };
    const apiKey = name === 'wrong-key' ? 'sk-the-right-one' : 'test-key';
    const bench = createBench({ scenario: SCENARIO, apiKey, latency: { startMs: 0, thinkMs: 0 } });
    const { authorization } = HEADERS;
    for (const { request, response } of exchanges) {
      const headers = { authorization, 'content-type': 'application/json' };
      const answer = await bench.send('POST', request.path, request.body, headers);
      expect(answer.status).toBe(response.status);
      const body = JSON.parse(JSON.stringify(answer.body).replace('********', 'REDACTED')) as Fields;
      expect(comparable(body)).toEqual(comparable(response.body));
      const limits = (keys: string[]) => keys.filter((key) => key.startsWith('x-ratelimit-')).sort();
      expect(limits([...answer.headers.keys()])).toEqual(limits(Object.keys(response.headers)));
    }
    expect(exchanges.length).toBeGreaterThan(0);
  },
);
