import { readFileSync } from 'node:fs';

import { test } from 'vitest';

import { createBench } from '../support/bench.ts';
import { Replay, type Differences, type Exchange } from '../support/replay.ts';

/**
 * Every exchange of a recording is sent to the simulator, with our ids in place of the recorded ones, and the answers are
 * compared: status, fields, nulls and values. Only times, token counts and the model's own words may have other values.
 */

const YEAR_2024: Differences = {
  '**.parallel_tool_calls': 'bodies of 2024 lack it',
  '**.reasoning_effort': 'bodies of 2024 lack it',
};
const V1: Differences = {
  ...YEAR_2024,
  '**.tool_resources': 'with the v1 header there was file_ids in its place',
  '**.file_ids': 'with the v1 header',
  '**.instructions': 'v1 ran an empty thread without instructions, v2 refuses that (ruby-run-create)',
};

const EXPLAINED: Record<string, Differences> = {
  'function-tools': {},
  'basic-run-operations': {},
  'file-search': { '**.score': 'how well a file fits is for a model to say' },
  'message-operations': {},
  'message-attachments': {},
  'messages-with-roles': {},
  'thread-operations': {
    tool_resources:
      'the service shows an empty code_interpreter on GET that the POST of the same thread lacks',
  },
  'thread-with-initial-messages': {},
  'run-response-format': {},
  'run-steps-paging': {
    'data.*.type': 'the recorded steps ran code at OpenAI; ours call functions',
    'data.*.step_details': 'the same',
  },
  'ruby-run-cancel': YEAR_2024,
  'ruby-submit-wrong-status': YEAR_2024,
  'ruby-run-create': YEAR_2024,
  'ruby-run-modify': V1,
  'ruby-run-steps-list': V1,
  'ruby-run-step-not-found': YEAR_2024,
  'ruby-runs-list': YEAR_2024,
  'ruby-thread-and-run-create': YEAR_2024,
  'ruby-message-modify': {},
};

/** What the recordings' model did. */
const SCENARIO = {
  rules: [
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
      reply: "Filip's favorite food is cake【4:0†favorite_foods.txt】.",
      annotations: [{ mark: '【4:0†favorite_foods.txt】', cites: 'favorite_foods.txt' }],
    },
    {
      when: ['linear regression'],
      rounds: [{ calls: [{ tool: 'load' }] }, { calls: [{ tool: 'plot' }] }],
      reply: 'Here it is.',
    },
  ],
  otherwise: { reply: 'Hello! How can I assist you today?' },
};

const CONTENTS = {
  'favorite_foods.txt':
    'This file describes the favorite foods of several people.\n\nSummanus Ferdinand: tacos\nTekakwitha Effie: pizza\nFilip Carola: cake',
};

test.each(Object.keys(EXPLAINED))('answers as recorded: %s', async (name) => {
  const { exchanges } = JSON.parse(
    readFileSync(new URL(`../recordings/assistants/${name}.json`, import.meta.url), 'utf8'),
  ) as { exchanges: Exchange[] };
  const bench = createBench({ scenario: SCENARIO });
  const replay = new Replay(bench, EXPLAINED[name] ?? {}, CONTENTS);
  await replay.prepare(exchanges);
  for (const exchange of exchanges) {
    // With the v1 header the state was looked at before the metadata; v2 does it the other way round (same recording).
    if (name === 'ruby-run-modify' && exchange.request.headers['openai-beta'] === 'assistants=v1') continue;
    await replay.exchange(exchange);
  }
});
