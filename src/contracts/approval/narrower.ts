import { argumentsDigest } from '../digest.ts';
import type { ToolArguments } from '../tool-call.ts';
import type { Grant } from './grant.ts';
import type { GrantTerms } from './rule.ts';

/** The digest of all arguments that must be the same. */
export function pinnedDigest(
  call: { tool: string; arguments: ToolArguments; tenant: string },
  narrowerBy: readonly string[],
): string {
  const free = new Set(narrowerBy);
  const pinned = Object.fromEntries(Object.entries(call.arguments).filter(([name]) => !free.has(name)));
  return argumentsDigest({ ...call, arguments: pinned });
}

/** What a grant is looked up by: the digest of everything that must be the same, so that no grant for other calls is among those found. */
export function boundDigest(
  call: { tenant: string } & Pick<
    Grant,
    'tool' | 'arguments' | 'assistant' | 'conversationId' | 'requestedBy' | 'startedBy'
  >,
  { narrowerBy, boundTo }: Pick<GrantTerms, 'narrowerBy' | 'boundTo'>,
): string {
  const { tool, tenant, assistant, conversationId, requestedBy, startedBy } = call;
  const where = boundTo === 'conversation' ? { conversationId } : {};
  const pinned = pinnedDigest(call, narrowerBy);
  const bound = { pinned, assistant, boundTo, requestedBy, startedBy, ...where };
  return argumentsDigest({ tool, tenant, arguments: bound });
}

/**
 * Whether the numbers of a call are within those that were approved; all else is compared by `pinnedDigest`. Each must be there where it was,
 * and be the same number, or a lower one that is not below zero. An argument that was no number cannot be lower.
 */
export function isWithin(
  approved: ToolArguments,
  called: ToolArguments,
  narrowerBy: readonly string[],
): boolean {
  return narrowerBy.every((name) => {
    const [was, is] = [ownOf(approved, name), ownOf(called, name)];
    if (was === undefined && is === undefined) return true;
    if (typeof was !== 'number' || typeof is !== 'number') return false;
    if (!Number.isFinite(was) || !Number.isFinite(is) || Object.is(is, -0)) return false;
    return is === was || (is >= 0 && is < was);
  });
}

function ownOf(args: ToolArguments, name: string): unknown {
  return Object.hasOwn(args, name) ? args[name] : undefined;
}
