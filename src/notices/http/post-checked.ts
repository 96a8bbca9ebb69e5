import { lookup as resolve, type LookupAddress } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';

import { isPublicAddress } from '../../contracts/webhooks/callback-hosts.ts';

/** The answer of whoever was called. */
export interface PostAnswer {
  status: number;
  retryAfter: string | undefined;
  /** How its body begins, if that is of interest. */
  text?: string;
}

/**
 * One POST to an address somebody else chose. The name is resolved once, every address is looked at, and the connection goes to
 * the ones that were looked at: a name that leads elsewhere a moment later leads nowhere new. Redirects are not followed.
 *
 * @param options.mayBePrivate - false: public addresses only.
 * @param options.limitMs - for all of it.
 * @param options.answerBytes - so much of the answer's body is read; by default nothing.
 */
export function postChecked(
  url: URL,
  options: {
    headers: Record<string, string>;
    body: string | Uint8Array;
    mayBePrivate: boolean;
    limitMs: number;
    answerBytes?: number;
  },
): Promise<PostAnswer> {
  const { headers, body, mayBePrivate, limitMs, answerBytes = 0 } = options;
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
    const answer = { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] };
    if (answerBytes === 0) {
      answered(answer);
      response.destroy();
    } else {
      firstOf(response, answerBytes).then((text) => answered({ ...answer, text }), reject);
    }
  });
  request.on('error', reject);
  request.end(body);
  return promise;
}

/** How a body begins. */
async function firstOf(response: IncomingMessage, bytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= bytes) break;
  }
  return Buffer.concat(chunks).subarray(0, bytes).toString();
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
