import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api';

import { ChannelError } from '../channel.ts';
import { mayHaveLeft } from '../http/verdict.ts';

const NOT_OURS = new Set([
  ...['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired'],
  ...['no_permission', 'org_login_required', 'team_access_not_granted'],
]);
/** Slack is in trouble, or wants patience. The others stay as they are, however often one asks. */
const PASSES = new Set([
  ...[
    'internal_error',
    'fatal_error',
    'request_timeout',
    'service_unavailable',
    'ratelimited',
    'rate_limited',
  ],
  ...['team_added_to_org', 'accesslimited'],
]);

/** What went wrong with a call, for operators: Slack's own codes in our words. */
export function toChannelError(error: unknown): ChannelError {
  if (error instanceof ChannelError) return error;
  if (error instanceof WebAPIRateLimitedError)
    return new ChannelError('Slack wants us to wait.', { retryAfterMs: error.retryAfter * 1_000 });
  if (error instanceof WebAPIPlatformError) return platform(error);
  if (error instanceof WebAPIHTTPError)
    return new ChannelError(`Slack answered ${error.statusCode}.`, {
      mayHaveArrived: error.statusCode >= 500,
    });
  if (error instanceof WebAPIRequestError) {
    const { code, cause } = error.original as NodeJS.ErrnoException;
    const why = (cause as NodeJS.ErrnoException | undefined)?.code ?? code ?? error.original.name;
    const mayHaveArrived = mayHaveLeft(why);
    return new ChannelError(`Slack cannot be reached (${why}).`, { mayHaveArrived }, { cause: error });
  }
  return new ChannelError('Slack could not be asked.', { mayHaveArrived: true }, { cause: error });
}

function platform(error: WebAPIPlatformError): ChannelError {
  const code = /^[a-z_]{1,60}$/.test(error.data.error) ? error.data.error : 'an unknown error';
  if (NOT_OURS.has(code))
    return new ChannelError(
      `Slack refuses the token of COUNTERSIGN_SLACK_BOT_TOKEN (${code}). Install the app again, set its new token and restart.`,
    );
  if (code === 'missing_scope') {
    const { needed } = error.data as { needed?: string };
    const scope = /^[a-z:._,]{1,100}$/.test(needed ?? '') ? ` "${needed ?? ''}"` : '';
    return new ChannelError(
      `The Slack app lacks a scope${scope}. Add it to the app's manifest and install the app again.`,
      { isUnallowed: true },
    );
  }
  return new ChannelError(`Slack refuses: ${code}.`, { isFinal: !PASSES.has(code) });
}
