import { describe, expect, test } from 'vitest';

import { parseRun, toSnapshot } from '../../../../src/providers/assistants/run.ts';

const DATE = 'Thu, 30 Oct 2025 22:01:20 GMT';
const EXPIRES_AT = Date.parse(DATE) / 1_000 + 599;

const body = {
  id: 'run_1',
  object: 'thread.run',
  thread_id: 'thread_1',
  status: 'queued',
  expires_at: EXPIRES_AT,
  required_action: null,
  last_error: null,
  incomplete_details: null,
  usage: null,
  tool_resources: {},
  metadata: {},
};

const call = (id: string, args: string) => ({
  id,
  type: 'function',
  function: { name: 'refund_order', arguments: args },
});
const action = (...calls: unknown[]) => ({
  type: 'submit_tool_outputs',
  submit_tool_outputs: { tool_calls: calls },
});

const snapshot = (over: object, headers: Record<string, string> = { date: DATE }) =>
  toSnapshot(parseRun({ ...body, ...over }), new Headers(headers));

describe('each status of the protocol is one state of ours', () => {
  test.each([
    ['queued', {}, { state: 'working' }],
    ['in_progress', {}, { state: 'working' }],
    ['cancelling', {}, { state: 'working' }],
    ['completed', { expires_at: null }, { state: 'completed', timeLeftMs: null }],
    ['incomplete', { incomplete_details: { reason: 'max_prompt_tokens' } }, { reason: 'max_prompt_tokens' }],
    ['incomplete', {}, { state: 'incomplete', reason: 'no reason given' }],
    [
      'failed',
      { last_error: { code: 'server_error', message: 'Sorry' } },
      { code: 'server_error', message: 'Sorry' },
    ],
    ['failed', {}, { state: 'failed', code: 'unknown' }],
    ['cancelled', {}, { state: 'cancelled' }],
    ['expired', {}, { state: 'expired' }],
    ['generating', {}, { state: 'unknown' }],
    ['requires_confirmation', {}, { state: 'unknown' }],
    ['', {}, { state: 'unknown' }],
    ['requires_action', {}, { state: 'unknown' }],
    ['requires_action', { required_action: action() }, { state: 'unknown' }],
  ])('%s %o', (status, over, expected) => {
    expect(snapshot({ status, ...over })).toMatchObject({ providerStatus: status, ...expected });
  });
});

test.each([
  ['is what expires_at is later than the answer’s Date', {}, DATE, 599_000],
  ['has nothing to do with our clock', {}, 'Thu, 01 Jan 1970 00:00:00 GMT', EXPIRES_AT * 1_000],
  ['can be over', { expires_at: EXPIRES_AT - 600 }, DATE, -1_000],
  ['has no end without expires_at', { expires_at: undefined }, DATE, null],
  ['has no end when that is null', { expires_at: null }, DATE, null],
  ['has no end when that is 0', { expires_at: 0 }, DATE, null],
])('the time left %s', (_, over, date, timeLeftMs) => {
  expect(snapshot(over, { date }).timeLeftMs).toBe(timeLeftMs);
});

test.each([undefined, null, ''])('a call whose id is %o is never begun: the run is looked at again', (id) => {
  const required_action = action(call('call_1', '{}'), { ...call('', '{}'), id });
  expect(snapshot({ status: 'requires_action', required_action })).toMatchObject({
    state: 'unknown',
    providerStatus: 'requires_action, with a call that has no id',
  });
});

test('openai-poll-after-ms is the pause the server asks for', () => {
  expect(snapshot({}, { date: DATE, 'openai-poll-after-ms': '750' }).pollAfterMs).toBe(750);
});

test('usage is in our words', () => {
  const usage = { prompt_tokens: 627, completion_tokens: 34, total_tokens: 661, prompt_token_details: {} };
  expect(snapshot({ usage }).usage).toEqual({ promptTokens: 627, completionTokens: 34, totalTokens: 661 });
});

describe('an answer that is not a run is a failure that names the field', () => {
  test.each([
    ['<html>', 'the body'],
    [{}, 'id'],
    [{ ...body, status: 7 }, 'status'],
    [{ ...body, expires_at: 'tomorrow' }, 'expires_at'],
    [{ ...body, required_action: { type: 'submit_tool_outputs' } }, 'required_action.submit_tool_outputs'],
  ])('%o', (answer, field) => {
    expect(() => parseRun(answer)).toThrow(field);
  });
});
