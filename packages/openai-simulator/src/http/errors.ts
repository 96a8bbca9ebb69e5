import type { ContentfulStatusCode } from 'hono/utils/http-status';

export interface ErrorBody {
  error: { message: string; type: string; param: string | null; code: string | null };
}

/** An answer of OpenAI's that is not a success. Texts marked "recorded" stand so in test/recordings. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: ContentfulStatusCode;
  readonly body: ErrorBody;

  constructor(status: ContentfulStatusCode, message: string, details: Partial<ErrorBody['error']> = {}) {
    super(message);
    this.status = status;
    this.body = { error: { message, type: 'invalid_request_error', param: null, code: null, ...details } };
  }
}

export const missingKey = () =>
  new ApiError(
    401,
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth " +
      "(i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the " +
      'API from your browser and are prompted for a username and password. You can obtain an API key from ' +
      'https://platform.openai.com/account/api-keys.',
  );

/** Recorded on Chat Completions. The key is shown by its last characters only, as OpenAI does. */
export function wrongKey(key: string): ApiError {
  const shown = key.length > 12 ? `${'*'.repeat(key.length - 4)}${key.slice(-4)}` : '*'.repeat(key.length);
  const message = `Incorrect API key provided: ${shown}. You can find your API key at https://platform.openai.com/account/api-keys.`;
  return new ApiError(401, message, { code: 'invalid_api_key' });
}

export const missingBeta = ({ api, beta }: { api: string; beta: string }) =>
  new ApiError(
    400,
    `You must provide the 'OpenAI-Beta' header to access the ${api} API. Please try again by setting the header ` +
      `'OpenAI-Beta: ${beta}'.`,
    { code: 'invalid_beta' },
  );

export const notJson = () =>
  new ApiError(
    400,
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library " +
      'correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble ' +
      'figuring out how to fix this, please contact us through our help center at help.openai.com.)',
  );

export const invalidUrl = (method: string, path: string) =>
  new ApiError(404, `Invalid URL (${method} ${path})`);

/** Recorded for run steps, reported for the others. */
const notFound = (noun: 'assistant' | 'thread' | 'message' | 'run' | 'run step', id: string) =>
  new ApiError(404, `No ${noun} found with id '${id}'.`);

/** Recorded. */
export const nothingToAnswer = () =>
  new ApiError(400, 'Run creation requires a Thread with a user message or an assistant with instructions.', {
    code: 'invalid_thread',
  });

export const runActive = (threadId: string, runId: string) =>
  new ApiError(400, `Thread ${threadId} already has an active run ${runId}.`);

export const lockedForMessages = (threadId: string, runId: string) =>
  new ApiError(400, `Can't add messages to ${threadId} while a run ${runId} is active.`);

export function otherCallIds(expected: string[], got: string[]): ApiError {
  const list = (ids: string[]) => `[${ids.map((id) => `'${id}'`).join(', ')}]`;
  return new ApiError(400, `Expected tool outputs for call_ids ${list(expected)}, got ${list(got)}`);
}

/** Recorded, with the v1 header. */
export const cannotUpdate = (status: string) =>
  new ApiError(400, `Cannot update run with status '${status}'.`);

/** Ours: OpenAI streams, the simulator doesn't. */
export const noStreaming = () =>
  new ApiError(
    400,
    "Streaming is not supported by the simulator. Leave 'stream' out or set it to false, and poll the run instead.",
    { param: 'stream', code: 'unsupported_value' },
  );

/** Ours: OpenAI has it, the simulator doesn't. */
export const notPlayed = (param: string) =>
  new ApiError(400, `'${param}' is not supported by the simulator. Leave it out.`, {
    param,
    code: 'unsupported_value',
  });

/** Reported of hosted tools; that it is said of functions too is ours. */
export const unknownToolChoice = (name: string) =>
  new ApiError(400, `Tool choice '${name}' not found in 'tools' parameter.`, { param: 'tool_choice' });

/** A scenario's failure, where a request waits for the model. */
export function modelFailure({ code, message }: { code: string; message: string }): ApiError {
  return code === 'rate_limit_exceeded'
    ? new ApiError(429, message, { type: 'requests', code })
    : new ApiError(500, message, { type: 'server_error', code });
}

/** Refusals whose texts differ between servers. */
export interface Refusals {
  noOutputsNow(status: string): ApiError;
  cannotCancel(run: { id: string; status: string }): ApiError;
  notFound: typeof notFound;
}

export const OPENAI_REFUSALS: Refusals = {
  /** Recorded for in_progress. */
  noOutputsNow: (status) => new ApiError(400, `Runs in status "${status}" do not accept tool outputs.`),
  cannotCancel: ({ status }) => new ApiError(400, `Cannot cancel run with status '${status}'.`),
  notFound,
};

/** Reported of self-hosted servers. */
export const OTHER_REFUSALS: Refusals = {
  noOutputsNow: (status) => new ApiError(400, `Run status is "${status}", cannot submit tool outputs`),
  cannotCancel: ({ id }) => new ApiError(400, `run ${id} cannot cancel`),
  notFound: (noun, id) => new ApiError(404, `${noun} ${id} not found`, { code: 'not_found' }),
};
