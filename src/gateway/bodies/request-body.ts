import type { Context, MiddlewareHandler } from 'hono';

import { inDigits } from '../../contracts/size.ts';
import { unfaithful } from './faithful-json.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import { parseJson } from './json-text.ts';
import { accountOf, BODY_COPIES, STRANGERS } from '../memory.ts';
import { Problem } from '../problem.ts';
import { bodyProblem } from '../validation.ts';

/** How much memory a body in chunks takes at a time while it arrives. */
const CHUNK_BYTES = 64 * 1024;

const JSON_TYPE = /^application\/json(?:\s*;.*)?$/i;

/** Reads bodies that are neither too large nor compressed; whoever comes next finds them read. */
export function limitBody(
  maximumBytes: number,
  { isHeld = true }: { isHeld?: boolean } = {},
): MiddlewareHandler<GatewayEnv> {
  return async (c, next) => {
    await readBody(c, maximumBytes, { isHeld });
    await next();
  };
}

/**
 * Reads a body, whether its length is told or it comes in chunks, and leaves it to `c.req`. Where a credential is checked without
 * the body, check it before.
 *
 * @param options.isHeld - its bytes count as memory of the request; false where something else bounds them.
 * @throws Problem `body-too-large`, `unsupported-media-type` for one that is compressed, `too-busy` when there is no memory for it.
 */
export async function readBody(
  c: Context<GatewayEnv>,
  maximumBytes: number,
  { isHeld = true }: { isHeld?: boolean } = {},
): Promise<ArrayBuffer> {
  const encoding = c.req.header('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw new Problem(
      'unsupported-media-type',
      'The body is compressed. Send it uncompressed, without "Content-Encoding".',
      { headers: { 'accept-encoding': 'identity' } },
    );
  }
  const length = c.req.header('content-length');
  if (Number(length ?? 0) > maximumBytes) throw tooLarge(maximumBytes, length);
  const hold = (bytes: number) => (isHeld ? c.var.hold(bytes * BODY_COPIES) : undefined);
  // A stranger's word about a length holds nothing: a few who never send what they tell would keep everybody else out.
  const isToldByKnown = length !== undefined && accountOf(c.var) !== STRANGERS;
  if (isToldByKnown) await hold(Number(length));
  let heldBytes = isToldByKnown ? maximumBytes : 0;
  let size = 0;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  // Not by iteration: what it leaves unread it cancels, and with it the connection on which the problem is to be answered.
  const body = c.req.raw.body as ReadableStream<Uint8Array<ArrayBuffer>> | null;
  const reader = body?.getReader();
  for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
    size += next.value.byteLength;
    if (size > maximumBytes) throw tooLarge(maximumBytes, length);
    if (size > heldBytes) {
      const more = Math.max(CHUNK_BYTES, size - heldBytes);
      heldBytes += more;
      await hold(more);
    }
    chunks.push(next.value);
  }
  const bytes = await new Blob(chunks).arrayBuffer();
  Object.assign(c.req.bodyCache, { arrayBuffer: Promise.resolve(bytes) }); // typed as what the promise is of
  return bytes;
}

function tooLarge(maximumBytes: number, length?: string): Problem {
  const size = length === undefined ? '' : `; this one has ${inDigits(Number(length))}`;
  return new Problem('body-too-large', `A body may have at most ${inDigits(maximumBytes)} bytes${size}.`);
}

/** For routes with a JSON body: the right content type, and JSON, before the route's schema looks at it. */
export function requireJson(maximumBytes: number): MiddlewareHandler<GatewayEnv>[] {
  return [
    async (c, next) => {
      if (!JSON_TYPE.test(c.req.header('content-type') ?? '')) {
        throw new Problem('unsupported-media-type', 'Send JSON with "Content-Type: application/json".');
      }
      await next();
    },
    limitBody(maximumBytes),
    async (c, next) => {
      jsonFrom(await c.req.arrayBuffer());
      await next();
    },
  ];
}

/**
 * The JSON value in some bytes.
 *
 * @throws Problem that says where the text stops being JSON, or which fields cannot be kept as they were sent.
 */
export function jsonFrom(bytes: ArrayBuffer): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Problem('not-json', 'The body is not UTF-8 text.');
  }
  const parsed = parseJson(text);
  if (!parsed.ok) throw new Problem('not-json', `The body is not JSON: ${parsed.message}.`);
  const problems = unfaithful(text);
  if (problems.length > 0) throw bodyProblem(problems);
  return parsed.value;
}

/**
 * The Idempotency-Key of a request, if it has one.
 *
 * @throws Problem unless it is 1 to 255 visible ASCII characters.
 */
export function idempotencyKeyOf(c: Context<GatewayEnv>): string | undefined {
  const key = c.req.header('idempotency-key');
  if (key !== undefined && !/^[\x21-\x7e]{1,255}$/.test(key)) {
    const message = 'must be 1 to 255 visible ASCII characters';
    throw new Problem('invalid-request', `The Idempotency-Key ${message}.`, {
      errors: [{ field: 'Idempotency-Key', message }],
    });
  }
  return key;
}
