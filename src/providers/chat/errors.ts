import { ApplicationFailure } from '@temporalio/common';
import OpenAI, { type APIError } from 'openai';

import { NotACompletion } from './completion.ts';
import { toFailure } from '../openai-errors.ts';

const DOING = 'complete the chat';

/**
 * Turns what a request to Chat Completions threw into a failure of contracts/failures.ts whose message has the remedy.
 *
 * @param body - the answer, when there was one that could be read as JSON or text.
 */
export function chatFailure(error: unknown, body?: unknown): unknown {
  if (error instanceof NotACompletion) {
    const said = errorIn(body);
    return said === null ? unexpected(error.field, error.message, body) : chatFailure(said);
  }
  if (error instanceof SyntaxError) return unexpected('the body', 'it is not JSON', body);
  const failure = toFailure(error, DOING);
  if (!(error instanceof OpenAI.APIError) || !(failure instanceof ApplicationFailure)) return failure;
  return withRemedy(failure, remedyFor(error as APIError));
}

/** The server's words are looked into for the remedy alone. */
function remedyFor({
  status,
  message,
  error,
}: {
  status?: unknown;
  message: string;
  error?: unknown;
}): string {
  const words = JSON.stringify([message, error]);
  if (status === 404) return `The assistant's "model" must be one that the server has.`;
  if (status !== 400 && status !== 422) return '';
  const refused = ['strict', 'parallel_tool_calls'].filter((field) => words.includes(field));
  if (refused.length > 0) {
    const fields = refused.map((field) => `'${field}'`).join(', ');
    return `If the server does not know the field, leave it out: defineAssistant({ chat: { omit: [${fields}] } }).`;
  }
  return /context|too long|maximum/i.test(words)
    ? 'If the conversation is too long for the model, lower chat.transcriptBytes of the assistant.'
    : '';
}

function withRemedy(failure: ApplicationFailure, remedy: string): ApplicationFailure {
  if (remedy !== '') failure.message += ` ${remedy}`;
  return failure;
}

function unexpected(field: string, problem: string, body: unknown): ApplicationFailure {
  const other = otherShape(body);
  return ApplicationFailure.create({
    type: 'Provider.UnexpectedAnswer',
    message: `The provider's answer is not a chat completion: ${field}: ${problem}.${other} Check that OPENAI_BASE_URL speaks Chat Completions and ends where /chat/completions follows, or set COUNTERSIGN_PROVIDER to the protocol it speaks.`,
    nonRetryable: true,
  });
}

/** What came instead, where it can be told. */
function otherShape(body: unknown): string {
  if (typeof body === 'string')
    return /^\s*</.test(body) ? ' It is a page of HTML or XML.' : ' It is not JSON.';
  const object = isObject(body) ? body.object : undefined;
  if (object === 'response') return ' It is a response (COUNTERSIGN_PROVIDER=responses).';
  if (object === 'thread.run') return ' It is a run (COUNTERSIGN_PROVIDER=assistants).';
  return '';
}

/** Some servers and routers tell an error with status 200 and a code in the body [reported]. */
function errorIn(body: unknown): Error | null {
  const error = isObject(body) ? body.error : undefined;
  const status = isObject(error) ? Number(error.code) : Number.NaN;
  if (!Number.isInteger(status) || status < 400 || status > 599) return null;
  return OpenAI.APIError.generate(status, { error }, undefined, new Headers());
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
