import { test } from 'vitest';

import { createBench, LATENCY } from './support/bench.ts';
import { asPlayed, SCENARIO } from './support/played.ts';
import { recorded, Replay, type Differences } from './support/replay.ts';

/**
 * Every exchange of a recording is sent to the simulator, with our ids in place of the recorded ones, and the answers are
 * compared: status, fields, nulls and values. Only times, token counts and the model's own words may have other values.
 */

const LATER = 'came later';
const later = (...fields: string[]): Differences => Object.fromEntries(fields.map((field) => [field, LATER]));

const YEAR_2024 = later('**.parallel_tool_calls', '**.reasoning_effort');
const V1: Differences = {
  ...YEAR_2024,
  '**.tool_resources': 'with the v1 header there was file_ids in its place',
  '**.file_ids': 'with the v1 header',
  '**.instructions': 'v1 ran an empty thread without instructions, v2 refuses that (ruby-run-create)',
};

/** The simulator shows the fields of the newest recording, of June 2026. */
const BEFORE_2026 = later(
  ...['billing', 'completed_at', 'conversation', 'frequency_penalty', 'moderation', 'presence_penalty'],
  ...['prompt_cache_retention', 'tool_usage', 'reasoning.context'],
);
const MARCH_2025: Differences = {
  ...BEFORE_2026,
  ...later('background', 'max_tool_calls', 'prompt_cache_key', 'safety_identifier', 'service_tier'),
  ...later('top_logprobs', 'text.verbosity'),
  'reasoning.summary': 'was generate_summary then',
  'reasoning.generate_summary': 'is summary now',
};
const THOUGHT = 'gpt-5 and o3 show that they think, and how hard; no model here does';
const THINKING: Differences = { ...BEFORE_2026, 'reasoning.effort': THOUGHT };
const DICE: Differences = {
  ...THINKING,
  'output.*.tools.*.description': 'the scenario does not describe its tools',
  'output.*.tools.*.input_schema': 'the same',
};

const EXPLAINED: Record<string, Differences> = {
  'assistants/function-tools': {},
  'assistants/basic-run-operations': {},
  'assistants/file-search': { '**.score': 'how well a file fits is for a model to say' },
  'assistants/message-operations': {},
  'assistants/message-attachments': {},
  'assistants/messages-with-roles': {},
  'assistants/thread-operations': {
    tool_resources:
      'the service shows an empty code_interpreter on GET that the POST of the same thread lacks',
  },
  'assistants/thread-with-initial-messages': {},
  'assistants/run-response-format': {},
  'assistants/run-steps-paging': {
    'data.*.type': 'the recorded steps ran code at OpenAI; ours call functions',
    'data.*.step_details': 'the same',
  },
  'assistants/ruby-run-cancel': YEAR_2024,
  'assistants/ruby-submit-wrong-status': YEAR_2024,
  'assistants/ruby-run-create': YEAR_2024,
  'assistants/ruby-run-modify': V1,
  'assistants/ruby-run-steps-list': V1,
  'assistants/ruby-run-step-not-found': YEAR_2024,
  'assistants/ruby-runs-list': YEAR_2024,
  'assistants/ruby-thread-and-run-create': YEAR_2024,
  'assistants/ruby-message-modify': {},
  'chat/parallel-tool-calls': {},
  'chat/consecutive-tool-calls': {},
  'chat/strict-schema-refused': {},
  'chat/wrong-key': {},
  'responses/background-cancel': BEFORE_2026,
  'responses/delete-then-not-found': BEFORE_2026,
  'responses/function-call': BEFORE_2026,
  'responses/function-tool-choice': BEFORE_2026,
  'responses/incomplete-max-output-tokens': {
    ...BEFORE_2026,
    'output.*.content.*.text': 'four letters are a token here, so the limit cuts elsewhere',
  },
  'responses/input-items-order': BEFORE_2026,
  'responses/input-items-paging': BEFORE_2026,
  'responses/mcp-approval-always': DICE,
  'responses/mcp-approval-by-tool-name': DICE,
  'responses/mcp-approval-never': DICE,
  'responses/reasoning-store-false': THINKING,
  'responses/ruby-function-call-2025-03': MARCH_2025,
  'responses/store-false-not-found': BEFORE_2026,
  'responses/two-turns-previous-response': THINKING,
  'conversations/conversation-create-update-delete': {},
  'conversations/conversation-items': {},
  'conversations/response-in-conversation': {},
};

const CONTENTS = {
  'favorite_foods.txt':
    'This file describes the favorite foods of several people.\n\nSummanus Ferdinand: tacos\nTekakwitha Effie: pizza\nFilip Carola: cake',
};

test.each(Object.keys(EXPLAINED))('answers as recorded: %s', async (name) => {
  const exchanges = recorded(name);
  const scenario = /^(?:assistants|chat)/.test(name) ? SCENARIO : asPlayed(exchanges);
  // The bench's clock stands still until it is moved; who waits for an answer waits in real time.
  const latency = /^assistants|background/.test(name) ? LATENCY : { startMs: 0, thinkMs: 0 };
  const apiKey = name === 'chat/wrong-key' ? 'sk-the-right-one' : 'test-key';
  const replay = new Replay(createBench({ scenario, latency, apiKey }), EXPLAINED[name]!, CONTENTS);
  await replay.prepare(exchanges);
  for (const exchange of exchanges) {
    // With the v1 header the state was looked at before the metadata; v2 does it the other way round (same recording).
    const isV1 = exchange.request.headers['openai-beta'] === 'assistants=v1';
    if (!(isV1 && name === 'assistants/ruby-run-modify')) await replay.exchange(exchange);
  }
});
