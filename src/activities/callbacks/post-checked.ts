import { lookup as resolve, type LookupAddress } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';

import { isPublicAddress } from '../../contracts/webhooks/callback-hosts.ts';

/** The answer of whoever was called; its body is of no interest and not read. */
export interface PostAnswer {
  status: number;
  retryAfter: string | undefined;
}

/**
 * One POST to an address somebody else chose. The name is resolved once, every address is looked at, and the connection goes to
 * the ones that were looked at: a name that leads elsewhere a moment later leads nowhere new. Redirects are not followed.
 *
 * @param options.mayBePrivate - false: public addresses only.
 * @param options.limitMs - for all of it.
 */
export function postChecked(
  url: URL,
  options: { headers: Record<string, string>; body: string; mayBePrivate: boolean; limitMs: number },
): Promise<PostAnswer> {
  const { headers, body, mayBePrivate, limitMs } = options;
  const { promise, resolve: answered, reject } = Promise.withResolvers<PostAnswer>();
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const request = send(url, {
    method: 'POST',
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    // A connection of its own: one that is kept was looked at for another call.
    agent: false,
    lookup: mayBePrivate ? resolve : publicOnly,
    signal: AbortSignal.timeout(limitMs),
  });
  request.on('response', (response) => {
    answered({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] });
    response.destroy();
  });
  request.on('error', reject);
  request.end(body);
  return promise;
}

const publicOnly: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error !== null) {
      callback(error, []);
      return;
    }
    const hidden = addresses.find(({ address }) => !isPublicAddress(address));
    if (hidden !== undefined) callback(notPublic(hostname, hidden.address), []);
    else if (options.all === true) callback(null, addresses);
    else callback(null, addresses[0]?.address ?? '', addresses[0]?.family);
  });
};

function notPublic(hostname: string, address: string): Error {
  return new Error(
    `${hostname} leads to ${address}, which is not public. COUNTERSIGN_CALLBACK_HOSTS must list the host itself, not a pattern.`,
  );
}
