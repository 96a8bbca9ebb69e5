import { createHash } from 'node:crypto';

import type { Context } from 'hono';

import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { dropCookie, readCookie, writeCookie } from './cookies.ts';
import { LIFE_SECONDS } from './drafts.ts';

/** A browser keeps no larger cookie, name and attributes included. */
const COOKIE_BYTES = 3_800;

/**
 * Gives a draft to the browser, so that it is there when somebody comes back from the identity provider in the same tab.
 *
 * @returns false for one that is too large: the page must carry it.
 */
export function keepDraft(
  c: Context<GatewayEnv>,
  parts: Pick<GatewayParts, 'publicUrl'>,
  { approvalId, draft }: { approvalId: string; draft: string },
): boolean {
  if (draft.length > COOKIE_BYTES) return false;
  writeCookie(c, parts, { name: nameFor(approvalId), value: draft, seconds: LIFE_SECONDS });
  return true;
}

/** The draft that the browser has of this approval; it is taken once. */
export function takeDraft(
  c: Context<GatewayEnv>,
  parts: Pick<GatewayParts, 'publicUrl'>,
  approvalId: string,
): string | undefined {
  const draft = readCookie(c, parts, nameFor(approvalId));
  if (draft !== undefined) dropCookie(c, parts, nameFor(approvalId));
  return draft;
}

/** Several tabs may have a draft each. */
function nameFor(approvalId: string): string {
  return `countersign_draft_${createHash('sha256').update(approvalId).digest('hex').slice(0, 12)}`;
}
