import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { parseScenario } from '../../src/app.ts';
import { inFormat } from '../../src/scenario/structured.ts';
import { share } from '../support/responses-bench.ts';

const Verdict = z.object({
  summary: z.string(),
  decision: z.enum(['approve', 'deny']),
  amount: z.number().min(5),
  reasons: z.array(z.object({ text: z.string(), weight: z.int() })),
  note: z.string().nullable(),
});

const scenario = parseScenario({
  rules: [
    {
      when: ['exactly'],
      reply: '{"summary":"As written","decision":"deny","amount":7,"reasons":[],"note":"no"}',
    },
  ],
  otherwise: { reply: 'Looks fine.' },
});
const EXACT = { summary: 'As written', decision: 'deny', amount: 7, reasons: [], note: 'no' };

const { client: openai } = await share({ scenario });

/** The words that the client parses, by each protocol. */
const PROTOCOLS: Record<string, (words: string) => Promise<unknown>> = {
  async chat(content) {
    const { choices } = await openai.chat.completions.parse({
      model: 'gpt-5',
      messages: [{ role: 'user', content }],
      response_format: zodResponseFormat(Verdict, 'verdict'),
    });
    return choices[0]!.message.parsed;
  },
  async 'chat, streamed'(content) {
    const stream = openai.chat.completions.stream({
      model: 'gpt-5',
      messages: [{ role: 'user', content }],
      response_format: zodResponseFormat(Verdict, 'verdict'),
    });
    return (await stream.finalChatCompletion()).choices[0]!.message.parsed;
  },
  async responses(input) {
    const answer = await openai.responses.parse({
      model: 'gpt-5',
      input,
      text: { format: zodTextFormat(Verdict, 'verdict') },
    });
    return answer.output_parsed;
  },
  async assistants(content) {
    const { beta } = openai;
    const { id } = await beta.assistants.create({ model: 'gpt-5' });
    const run = await beta.threads.createAndRunPoll(
      {
        assistant_id: id,
        thread: { messages: [{ role: 'user', content }] },
        response_format: zodResponseFormat(Verdict, 'verdict'),
      },
      { pollIntervalMs: 10 },
    );
    const [message] = (await beta.threads.messages.list(run.thread_id)).data;
    const [part] = message!.content;
    return Verdict.parse(JSON.parse(part?.type === 'text' ? part.text.value : ''));
  },
};

describe.each(Object.keys(PROTOCOLS))('json_schema in %s', (protocol) => {
  test('is what the client can parse, with the scenario’s words in it', async () => {
    expect(await PROTOCOLS[protocol]!('What do you think?')).toEqual({
      summary: 'Looks fine.',
      decision: 'approve',
      amount: 5,
      reasons: [{ text: 'Looks fine.', weight: 0 }],
      note: 'Looks fine.',
    });
  });

  test('leaves a reply alone that the scenario has in JSON', async () => {
    expect(await PROTOCOLS[protocol]!('Say exactly that')).toEqual(EXACT);
  });
});

test('json_object is an object', () => {
  expect(inFormat('Hi', { type: 'json_object' })).toBe('{"reply":"Hi"}');
  expect(inFormat('{"a":1}', { type: 'json_object' })).toBe('{"a":1}');
  expect(inFormat('Hi', { type: 'text' })).toBe('Hi');
  expect(inFormat('Hi', 'auto')).toBe('Hi');
});

describe('what is made fits its schema', () => {
  const node: object = {
    type: 'object',
    properties: { name: { type: 'string' }, children: { type: 'array', items: { $ref: '#/$defs/node' } } },
    required: ['name', 'children'],
  };
  test.each<[string, object]>([
    [
      'formats',
      {
        type: 'object',
        properties: { at: { type: 'string', format: 'date-time' }, id: { type: 'string', format: 'uuid' } },
        required: ['at', 'id'],
      },
    ],
    [
      'limits',
      {
        type: 'object',
        properties: {
          n: { type: 'integer', exclusiveMinimum: 3, multipleOf: 4 },
          s: { type: 'string', minLength: 9, maxLength: 9 },
          l: { type: 'array', minItems: 3, items: { type: 'number', minimum: -2.5, maximum: -2 } },
        },
        required: ['n', 's', 'l'],
      },
    ],
    [
      'several possibilities',
      {
        anyOf: [
          { type: 'null' },
          {
            type: 'object',
            properties: { kind: { const: 'b' }, ok: { type: ['null', 'boolean'] } },
            required: ['kind', 'ok'],
          },
        ],
      },
    ],
    [
      'allOf',
      {
        allOf: [
          { $ref: '#/$defs/a' },
          { type: 'object', properties: { b: { type: 'integer' } }, required: ['b'] },
        ],
        $defs: { a: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] } },
      },
    ],
    ['a schema that contains itself', { $ref: '#/$defs/node', $defs: { node } }],
    [
      'one that contains itself or nothing',
      {
        type: 'object',
        properties: { next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } },
        required: ['next'],
      },
    ],
  ])('%s', (_, schema) => {
    const made: unknown = JSON.parse(inFormat('Hi', { type: 'json_schema', name: 'x', schema }));
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    expect(ajv.validate(schema, made), JSON.stringify([made, ajv.errors]).slice(0, 500)).toBe(true);
  });
});

test.each([
  [
    () =>
      openai.chat.completions.create({
        model: 'gpt-5',
        messages: [{ role: 'user', content: 'Hi' }],
        response_format: { type: 'json_schema' } as never,
      }),
    'response_format.json_schema',
  ],
  [
    () =>
      openai.responses.create({
        model: 'gpt-5',
        input: 'Hi',
        text: { format: { type: 'json_schema', name: 'x' } as never },
      }),
    'text.format.schema',
  ],
])('a json_schema without its schema is refused (%#)', async (create, param) => {
  await expect(create()).rejects.toMatchObject({ status: 400, param, code: 'missing_required_parameter' });
});
