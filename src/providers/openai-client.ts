import { ApplicationFailure } from '@temporalio/common';
import OpenAI from 'openai';

import type { FailureType } from '../contracts/failures/failures.ts';
import type { ProviderOptions } from './provider-options.ts';
import { toFailure, type Remedies } from './openai-errors.ts';

/** One request's limit. The activity around it allows more, so that the provider's silence is told apart from ours. */
const REQUEST_LIMIT_MS = 20_000;

export type ClientOptions = Omit<ProviderOptions, 'protocol'>;

/** The official client as our providers use it. */
export function createOpenAI({ apiKey, baseURL, requestLimitMs = REQUEST_LIMIT_MS }: ClientOptions): OpenAI {
  return new OpenAI({
    apiKey,
    baseURL,
    // Temporal owns every retry: the client would repeat POSTs silently and make one run three.
    maxRetries: 0,
    timeout: requestLimitMs,
  });
}

/**
 * Runs requests of the client, and turns what it throws into failures of ours.
 *
 * @param doing - what the provider is to do, as in "create the run".
 * @param remedies - what helps when it answers with one of these statuses, in place of what usually does.
 */
export async function ask<T>(doing: string, request: () => Promise<T>, remedies?: Remedies): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw toFailure(error, doing, remedies);
  }
}

/** Whether {@link ask} threw a failure of this type. */
export function isFailure(error: unknown, type: FailureType): boolean {
  return error instanceof ApplicationFailure && error.type === type;
}

/** What the client returns for an object: a promise that also gives the raw answer. */
export interface OpenAIAnswer {
  withResponse(): Promise<{ data: unknown; response: Response }>;
}
