import { ApiError } from '../http/errors.ts';

/**
 * Refusals of Responses and Conversations. The text of an unknown response is recorded, the others are reported unless they
 * are said to be ours: then we know, or have reason to believe, that OpenAI refuses, and not in which words.
 */

export const responseNotFound = (id: string) => new ApiError(404, `Response with id '${id}' not found.`);

export const previousNotFound = (id: string) =>
  new ApiError(400, `Previous response with id '${id}' not found.`, {
    param: 'previous_response_id',
    code: 'previous_response_not_found',
  });

/** Ours. */
export const previousNotOver = (id: string, status: string) =>
  new ApiError(400, `Previous response with id '${id}' is ${status}. Wait until it is over.`, {
    param: 'previous_response_id',
  });

/** Ours. */
export const conversationNotFound = (id: string) =>
  new ApiError(404, `Conversation with id '${id}' not found.`);

/** Ours. */
export const itemNotInConversation = (id: string, conversationId: string) =>
  new ApiError(404, `Item with id '${id}' not found in conversation '${conversationId}'.`);

export const conversationLocked = () =>
  new ApiError(
    400,
    'Another process is currently operating on this conversation. Please retry in a few seconds.',
    { param: 'conversation', code: 'conversation_locked' },
  );

export const noOutputFor = (callId: string) =>
  new ApiError(400, `No tool output found for function call ${callId}.`, { param: 'input' });

export const noCallFor = (callId: string) =>
  new ApiError(400, `No tool call found for function call output with call_id ${callId}.`, {
    param: 'input',
  });

/** Ours. */
export const noApprovalRequest = (id: string) =>
  new ApiError(400, `No approval request found for approval_request_id ${id}.`, { param: 'input' });

export const itemNotFound = (id: string) =>
  new ApiError(
    404,
    `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set ` +
      'to true, or remove this item from your input.',
    { param: 'input' },
  );

export const duplicateItem = (id: string) =>
  new ApiError(
    400,
    `Duplicate item found with id ${id}. Remove duplicate items from your input and try again.`,
    { param: 'input' },
  );

export const notCancellable = (kind: string) => new ApiError(400, `Cannot cancel a ${kind} response.`);

/** Ours. */
export const onlyOneOf = (first: string, second: string) =>
  new ApiError(400, `Mutually exclusive parameters: '${first}' and '${second}'. Provide only one of them.`, {
    code: 'mutually_exclusive_parameters',
  });

/** Ours: background mode keeps what it makes [documented]. */
export const backgroundNeedsStore = () =>
  new ApiError(400, "Background mode requires 'store' to be true.", { param: 'store' });

/** Ours. */
export const notStreamed = (id: string) =>
  new ApiError(400, `Response with id '${id}' was not created as a stream.`, { param: 'stream' });

export const noInput = () =>
  new ApiError(
    400,
    `One of "input" or "previous_response_id" or 'prompt' or 'conversation_id' must be provided.`,
    { param: 'input', code: 'missing_required_parameter' },
  );
