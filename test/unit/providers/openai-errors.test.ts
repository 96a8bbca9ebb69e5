import { ApplicationFailure } from '@temporalio/common';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';

import { FAILURES } from '../../../src/contracts/failures/failures.ts';
import { toFailure } from '../../../src/providers/openai-errors.ts';

/** An error as the `openai` client builds it from an answer. */
function answered(
  status: number,
  body: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): unknown {
  const error = { message: 'What the provider said', type: 'invalid_request_error', ...body };
  return OpenAI.APIError.generate(status, { error }, undefined, new Headers(headers));
}

function failureOf(error: unknown): ApplicationFailure {
  const failure = toFailure(error, 'create the run');
  if (failure instanceof ApplicationFailure) return failure;
  throw new Error('not a failure');
}

describe('each answer of the provider has one failure type, terminal or retryable', () => {
  test.each([
    [400, 'Provider.BadRequest', 'terminal'],
    [401, 'Provider.Unauthorized', 'terminal'],
    [403, 'Provider.Forbidden', 'terminal'],
    [404, 'Provider.NotFound', 'terminal'],
    [408, 'Provider.Unavailable', 'retryable'],
    [409, 'Provider.Conflict', 'retryable'],
    [413, 'Provider.BadRequest', 'terminal'],
    [422, 'Provider.BadRequest', 'terminal'],
    [429, 'Provider.RateLimited', 'retryable'],
    [500, 'Provider.Unavailable', 'retryable'],
    [502, 'Provider.Unavailable', 'retryable'],
    [503, 'Provider.Unavailable', 'retryable'],
    [529, 'Provider.Unavailable', 'retryable'],
  ] as const)('%i is %s, %s', (status, type, kind) => {
    const failure = failureOf(answered(status));
    expect(failure.type).toBe(type);
    expect(failure.nonRetryable ?? false).toBe(kind === 'terminal');
    expect(FAILURES[type]).toBe(kind);
    expect(failure.message).toContain('create the run');
    expect(failure.message).toContain('What the provider said');
  });

  test('429 for a used-up quota is terminal: waiting does not bring it back', () => {
    const failure = failureOf(answered(429, { code: 'insufficient_quota' }));
    expect(failure).toMatchObject({ type: 'Provider.Forbidden', nonRetryable: true });
  });

  test.each([
    ['a refused connection', new OpenAI.APIConnectionError({ message: 'Connection error.' })],
    ['a request that took too long', new OpenAI.APIConnectionTimeoutError({ message: 'Request timed out.' })],
  ])('%s is Provider.Unreachable, retryable', (_, error) => {
    expect(failureOf(error)).toMatchObject({ type: 'Provider.Unreachable', nonRetryable: false });
  });

  test('an error that is not the provider’s passes through untouched', () => {
    const fault = new TypeError('ours');
    expect(toFailure(fault, 'create the run')).toBe(fault);
  });
});

describe('what the provider asks us to wait becomes the pause before the next attempt', () => {
  const date = 'Thu, 30 Oct 2025 22:01:18 GMT';
  test.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after-ms': '250.4' }, 251],
    [{ 'retry-after': '1e999' }, undefined],
    [{ 'retry-after': '9'.repeat(30) }, 300_000],
    [{ 'retry-after': 'Thu, 30 Oct 2025 22:01:08 GMT', date }, undefined],
    [{ 'retry-after-ms': '250', 'retry-after': '7' }, 250],
    [{ 'retry-after': 'Thu, 30 Oct 2025 22:01:28 GMT', date }, 10_000],
    [{ 'retry-after': '86400' }, 300_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-3' }, undefined],
    [{}, undefined],
    // A pause of 0 is no retry to Temporal, so its own pauses apply.
    [{ 'retry-after': '0' }, undefined],
    [{ 'retry-after-ms': '0' }, undefined],
    [{ 'retry-after-ms': '1' }, undefined],
  ])('%o is %s ms', (headers, pauseMs) => {
    const failure = failureOf(answered(429, {}, headers));
    expect([failure.nextRetryDelay, failure.nonRetryable]).toEqual([pauseMs, false]);
  });
});

test('a page of 600 kB in place of an error is shortened, and stays as retryable as its status', () => {
  const page = `<html>${'x'.repeat(600_000)}</html>`;
  for (const error of [
    OpenAI.APIError.generate(502, undefined, page, new Headers()),
    OpenAI.APIError.generate(502, { error: { message: page } }, undefined, new Headers()),
  ]) {
    const failure = failureOf(error);
    expect(failure).toMatchObject({ type: 'Provider.Unavailable', nonRetryable: false });
    expect(failure.message).toContain('<html>xxx');
    expect(failure.message).toContain('cut: 600,0');
    // Temporal keeps the cause, with its message and stack, beside the message.
    expect(JSON.stringify([failure.message, failure.cause ?? null, failure.details]).length).toBeLessThan(
      2_000,
    );
    expect(failure.cause).toBeUndefined();
  }
});

test.each([
  [503, 'false', true],
  [503, 'true', false],
  [500, undefined, false],
  [400, 'true', false],
  [400, 'false', true],
])('a %i with x-should-retry %s is terminal: %s', (status, word, isTerminal) => {
  const headers: Record<string, string> = word === undefined ? {} : { 'x-should-retry': word };
  expect(failureOf(answered(status, {}, headers)).nonRetryable).toBe(isTerminal);
});

test('a conversation that is busy is tried again whatever x-should-retry says', () => {
  const failure = failureOf(answered(400, { code: 'conversation_locked' }, { 'x-should-retry': 'false' }));
  expect(failure).toMatchObject({ type: 'Run.ThreadBusy', nonRetryable: false });
});
