import { ApiError } from '../http/errors.ts';

/**
 * Refusals of the Agents API (beta). The text of an unknown call is the one the official client knows; the conflict of keys
 * is reported of a compatible server; the others are ours: we know, or have reason to believe, that OpenAI refuses, and not
 * in which words.
 */

export const sessionNotFound = (id: string) => new ApiError(404, `Session with id '${id}' not found.`);

export const turnNotFound = (id: string, sessionId: string) =>
  new ApiError(404, `Turn with id '${id}' not found in session '${sessionId}'.`);

export const noInitialInput = () =>
  new ApiError(400, 'Conversation-only sessions require initial input.', {
    param: 'input',
    code: 'missing_required_parameter',
  });

/** `agent_id` names an agent that was saved before; the simulator keeps none. */
export const noAgent = () =>
  new ApiError(400, "Missing required parameter: 'agent.model'.", {
    param: 'agent.model',
    code: 'missing_required_parameter',
  });

export const unknownCall = (callId: string) =>
  new ApiError(400, `Unknown pending tool call: ${callId}`, { code: 'invalid_request_error' });

export const callOfAnotherTurn = () =>
  new ApiError(400, 'The tool call belongs to a different Turn.', { code: 'invalid_request_error' });

export const keyLength = () =>
  new ApiError(400, "Invalid 'Idempotency-Key': it has to have 1 to 256 characters.", {
    param: 'Idempotency-Key',
    code: 'invalid_value',
  });

export const keyConflict = () =>
  new ApiError(409, 'This idempotency key was used with different input.', { code: 'idempotency_conflict' });

/** A turn under way has to be cancelled before its session can be deleted [documented]. */
export const stillRunning = (id: string) =>
  new ApiError(409, `Session '${id}' has a running turn. Cancel it first.`, { code: 'conflict_error' });
