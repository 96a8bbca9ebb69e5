import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';

import { inDigits } from '../contracts/size.ts';
import type { GatewayEnv } from './gateway-env.ts';
import { parseJson } from './json-text.ts';
import { Problem } from './problem.ts';

const JSON_TYPE = /^application\/json(?:\s*;.*)?$/i;

/** Refuses bodies that are too large: by Content-Length at once, else by the bytes as they come. */
export function limitBody(maximumBytes: number): MiddlewareHandler<GatewayEnv> {
  return bodyLimit({
    maxSize: maximumBytes,
    onError: (c) => {
      const length = c.req.header('content-length');
      const size = length === undefined ? '' : `; this one has ${inDigits(Number(length))}`;
      throw new Problem('body-too-large', `A body may have at most ${inDigits(maximumBytes)} bytes${size}.`);
    },
  });
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
 * @throws Problem that says where the text stops being JSON.
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
