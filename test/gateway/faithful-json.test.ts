import { describe, expect, it } from 'vitest';

import { unfaithful } from '../../src/gateway/bodies/faithful-json.ts';
import { APPROVAL_ID, createTestGateway, signedWebhook } from './support.ts';

const KEPT = [
  '0', '-0', '1.0', '1e3', '0.1', '-12.50', '9007199254740992', '1e21', '1.7976931348623157e308', '5e-324', '0e999', '0.0000001',
]; // prettier-ignore
const NOT_KEPT = [
  '1e999',
  '-1e999',
  '12345678901234567890',
  '9007199254740993',
  '1e-999',
  '0.12345678901234567890',
];

describe('a number', () => {
  it.each(KEPT)('%s is kept', (number) => expect(unfaithful(`[${number}]`)).toEqual([]));
  it.each(NOT_KEPT)('%s is refused', (number) =>
    expect(unfaithful(`{"a": [1, ${number}]}`)).toMatchObject([{ field: 'a.1' }]),
  );
});

it('only the first of many mistakes are told', () => {
  expect(unfaithful(`[${'1e999,'.repeat(100_000)}1]`)).toHaveLength(20);
});

it.each([
  ['{"a": 1, "a": 2}', 'a'],
  ['{"a": {"b": [{"c": 1, "d": {}, "c": 1}]}}', 'a.b.0.c'],
  ['{"a": 1, "\\u0061": 2}', 'a'],
])('a field that stands twice is refused: %s', (text, field) =>
  expect(unfaithful(text)).toMatchObject([{ field, message: expect.stringContaining('once') as string }]),
);

it.each([
  ['{"__proto__": {"a": 1}}', '__proto__'],
  ['{"a": [{"\\u005f_proto__": 1}]}', 'a.0.__proto__'],
])('a name that would be dropped is refused: %s', (text, field) =>
  expect(unfaithful(text)).toMatchObject([{ field, message: expect.stringContaining('name') as string }]),
);

it.each([
  ['{"a": ["x", "\\ud800"]}', 'a.1'],
  ['{"a": {"\\udc00": 1}}', 'a.\ufffd'],
])('half of a character is refused: %s', (text, field) =>
  expect(unfaithful(text)).toMatchObject([
    { field, message: expect.stringContaining('surrogate') as string },
  ]),
);

it.each([
  '{"a": "1e999 \\"a\\": \\\\", "b": {"a": "\\ud83d\\ude00"}, "c": [{"a": 1}, {"a": 1}], "d": "a"}',
  '"\\\\"',
  '[]',
])('what is kept is let through: %s', (text) => expect(unfaithful(text)).toEqual([]));

describe.each([
  ['"\\ud800"', 'surrogate'],
  ['1e999', 'cannot store exactly'],
  ['12345678901234567890', 'cannot store exactly'],
  ['{"x": 1, "x": 2}', 'once'],
])('a body with %s', (value, words) => {
  const decision = `{"decision": "edit", "arguments": {"amount": ${value}}`;
  it.each([
    ['/v1/conversations/c-1/turns', `{"message": "hi", "context": {"amount": ${value}}}`],
    [`/v1/approvals/${APPROVAL_ID}/decision`, `${decision}}`],
    ['/decisions', `{"action": "hi", "context": {"amount": ${value}}}`],
    ['/v1/webhooks/slack', `${decision}, "approvalId": "${APPROVAL_ID}", "approver": {"id": "u"}}`],
  ])('is refused with its field by POST %s', async (path, body) => {
    const { ask, client } = createTestGateway();
    const response = await ask('POST', path, signedWebhook(body));
    const problem = (await response.json()) as { errors: { field: string; message: string }[] };
    expect(problem).toMatchObject({ status: 422, type: 'urn:countersign:problem:invalid-body' });
    expect(problem.errors[0]?.field).toMatch(/^(?:context|arguments)\.amount/);
    expect(problem.errors[0]?.message).toContain(words);
    expect(client.changes()).toEqual([]);
  });
});
