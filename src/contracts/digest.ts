import { createHash } from 'node:crypto';

import canonicalize from 'canonicalize';

import type { ToolArguments } from './tool-call.ts';

/**
 * What a decision is bound to: `sha256:` and the hex digest over the canonical JSON (RFC 8785) of tool, arguments and
 * tenant. Two calls have the same digest only if the same thing would happen to the same tenant.
 *
 * @throws TypeError when the arguments hold something JSON cannot carry, such as a Date or a bigint: it would not survive
 *   the way to the person and back unchanged.
 */
export function argumentsDigest(call: { tool: string; arguments: ToolArguments; tenant: string }): string {
  requireJson(call.arguments, 'arguments');
  const text = canonicalize({ tool: call.tool, arguments: call.arguments, tenant: call.tenant }) ?? '';
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function requireJson(value: unknown, path: string): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (Array.isArray(value)) {
    value.forEach((item, index) => requireJson(item, `${path}.${index}`));
    return;
  }
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    for (const [key, item] of Object.entries(value))
      if (item !== undefined) requireJson(item, `${path}.${key}`);
    return;
  }
  throw new TypeError(
    `${path} is not plain JSON. Let the tool's schema describe strings, numbers, lists and objects only.`,
  );
}
