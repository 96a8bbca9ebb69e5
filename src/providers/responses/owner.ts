import OpenAI from 'openai';

import { createOpenAI, type ClientOptions } from '../openai-client.ts';
import { toFailure } from '../openai-errors.ts';
import { requireReadable } from '../readable.ts';

/** The turn a response was made for. */
export interface ResponseOwner {
  tenant: string;
  turnId: string;
}

/** A webhook waits for the answer, and is sent again when there is none. */
const REQUEST_LIMIT_MS = 5_000;

/**
 * Looks up whose a response is: OpenAI's events name the response only, its metadata name the turn.
 *
 * @returns a function that answers null for a response that does not exist (any more) or is none of ours, and throws an
 *   ApplicationFailure of contracts/failures.ts when the provider does not say.
 */
export function createResponseOwner(
  options: ClientOptions,
): (responseId: string) => Promise<ResponseOwner | null> {
  const openai = createOpenAI({ requestLimitMs: REQUEST_LIMIT_MS, ...options });
  return async (responseId) => {
    try {
      const response: { metadata?: unknown } = await openai.responses.retrieve(responseId);
      requireReadable('show a response', response);
      const { countersign_tenant: tenant, countersign_turn: turnId } = Object(response.metadata) as {
        countersign_tenant?: unknown;
        countersign_turn?: unknown;
      };
      return typeof tenant === 'string' && typeof turnId === 'string' ? { tenant, turnId } : null;
    } catch (error) {
      if (error instanceof OpenAI.APIError && error.status === 404) return null;
      throw toFailure(error, 'show a response');
    }
  };
}
