import { words } from '../inbox/strings/words.ts';
import { Problem } from '../problem.ts';

/** Nobody is signed in. `reason` is a word for the log. */
export class SignInRefused extends Problem {
  readonly reason: string;

  constructor(reason: string, detail: string) {
    super('sign-in-refused', words().signIn.nobody(detail));
    this.reason = reason;
  }
}

/** What the provider sent proves nothing. */
export function notTrusted(reason: string): SignInRefused {
  const { untrusted, wrong } = words().signIn;
  const what = (wrong as Record<string, string>)[reason] ?? wrong.other;
  return new SignInRefused(reason, untrusted(what));
}

/** The provider does not answer: that is nobody's fault who signs in. */
export class ProviderUnavailable extends Problem {
  constructor(options: { cause: unknown }) {
    super('identity-provider-unavailable', words().signIn.unavailable, { headers: { 'retry-after': '10' } });
    this.cause = options.cause;
  }
}

/** What an error of openid-client or jose says about what the provider sent. */
export function toRefusal(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const chain = causesOf(error);
  const claim = chain.map(claimOf).find((found) => found !== undefined);
  if (claim !== undefined) return notTrusted(claim);
  const codes = chain.map((cause) => ('code' in cause ? String(cause.code) : ''));
  const statuses = chain.map((cause) => ('status' in cause ? Number(cause.status) : 0));
  const isUnreachable = codes.some((code) => UNREACHABLE.test(code)) || chain.some(isFailedFetch);
  if (isUnreachable || statuses.some((status) => status >= 500))
    return new ProviderUnavailable({ cause: error });
  if (codes.includes('ERR_JOSE_ALG_NOT_ALLOWED') || chain.some(({ message }) => message.includes('"alg"')))
    return notTrusted('alg');
  if (codes.some((code) => /SIGNATURE|JWKS_NO_MATCHING_KEY/.test(code))) return notTrusted('signature');
  return notTrusted('answer');
}

const UNREACHABLE =
  /^(OAUTH_TIMEOUT|ERR_JWKS_TIMEOUT|ECONN\w+|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|UND_ERR_\w+)$/;

/** What `fetch` throws when no answer came. */
function isFailedFetch(error: Error): boolean {
  return error instanceof TypeError && error.message === 'fetch failed';
}

function causesOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let cause = error; cause instanceof Error && chain.length < 8; cause = cause.cause) chain.push(cause);
  return chain;
}

function claimOf({ cause, ...error }: Error): string | undefined {
  const found = 'claim' in error ? error.claim : claimIn(cause);
  return typeof found === 'string' ? found : undefined;
}

function claimIn(value: unknown): unknown {
  return typeof value === 'object' && value !== null && !(value instanceof Error) && 'claim' in value
    ? value.claim
    : undefined;
}
