import { parseScenario } from '../../src/app.ts';
import type { Exchange } from './replay.ts';

export const MARK = '【4:0†favorite_foods.txt】';

/** What the models of the recordings did that do not show all of it. */
export const SCENARIO = parseScenario({
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
    {
      when: ['eat', 'Thursday'],
      rounds: [
        { calls: [{ tool: 'get_favorite_food_for_day_of_week', arguments: { day_of_week: 'Thursday' } }] },
      ],
      reply: 'You should eat {{outputs}} on Thursday!',
    },
    {
      when: ['favorite food'],
      builtIn: [{ fileSearch: {} }],
      reply: `Filip's favorite food is cake${MARK}.`,
      annotations: [{ mark: MARK, cites: 'favorite_foods.txt' }],
    },
    {
      when: ['linear regression'],
      rounds: [{ calls: [{ tool: 'load' }] }, { calls: [{ tool: 'plot' }] }],
      reply: 'Here it is.',
    },
    {
      when: ['wear outside'],
      rounds: [{ calls: [{ tool: 'get_current_weather' }] }],
      reply: 'Since it is {{outputs}}, wear something light.',
    },
    {
      when: ['Write some Ruby code'],
      reply: 'Sure, I can help with',
      end: { status: 'incomplete', reason: 'max_prompt_tokens' },
    },
    {
      when: ['San Francisco'],
      rounds: [
        { calls: [{ tool: 'get_weather_at_location', arguments: { location: 'San Francisco, CA' } }] },
      ],
    },
    {
      when: ['Roll'],
      rounds: [
        {
          calls: [
            {
              tool: 'roll',
              rawArguments: '{"diceRollExpression":"2d4 + 1"}',
              mcp: { serverLabel: 'dmcp', output: '4' },
            },
          ],
        },
      ],
      reply: '4',
    },
  ],
  otherwise: { reply: 'Hello! How can I assist you today?' },
});

export interface RecordedItem {
  type: string;
  id: string;
  role?: string;
  content?: { text: string }[];
  name?: string;
  arguments?: string;
  server_label?: string;
  output?: string;
  approval_request_id?: string | null;
}

/** The scenario of recorded responses: for each message of the user the recorded calls, and the last words said to it. */
export function asPlayed(exchanges: Exchange[]) {
  type Rule = ReturnType<typeof parseScenario>['rules'][number];
  const rules = new Map<string, Rule>();
  const created = exchanges.filter(
    ({ request }) => request.method === 'POST' && request.path === '/v1/responses',
  );
  const outputOf = ({ response }: Exchange) => response.body.output as RecordedItem[];
  const outputs = created.flatMap(outputOf);
  let message = '';
  for (const exchange of created) {
    const { input } = exchange.request.body as { input: string | RecordedItem[] };
    const latest =
      typeof input === 'string' ? input : input.findLast(({ role }) => role === 'user')?.content?.[0]?.text;
    message = latest ?? message;
    const rule = rules.get(message) ?? { when: [message], rounds: [] };
    rules.set(message, rule);
    for (const item of outputOf(exchange)) {
      if (item.type === 'message') rule.reply = item.content![0]!.text;
      if (!['function_call', 'mcp_approval_request', 'mcp_call'].includes(item.type)) continue;
      if (item.approval_request_id != null) continue;
      const made = outputs.find(({ approval_request_id: id }) => id === item.id) ?? item;
      const mcp =
        item.server_label === undefined ? undefined : { serverLabel: item.server_label, output: made.output };
      rule.rounds!.push({ calls: [{ tool: item.name!, rawArguments: item.arguments!, mcp }] });
    }
  }
  // Newest first: what the user said later may hold what was said before.
  return parseScenario(JSON.parse(JSON.stringify({ rules: [...rules.values()].reverse() })));
}
