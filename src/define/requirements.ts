import { channelsProblem } from '../contracts/channels/settings.ts';
import type { Channel } from '../contracts/approval/review.ts';
import type { ChannelName } from '../contracts/notice.ts';
import type { Protocol } from '../contracts/run.ts';
import type { App } from './app.ts';
import { DefinitionError } from '../contracts/definition-error.ts';

/**
 * Refuses an application that would ask where nobody has said how.
 *
 * @throws DefinitionError naming the tool and what to set. A policy that is a function is not called here: what it asks for
 *   without a channel stays in the inbox, and the worker's log says so.
 */
export function requireChannels({ assistants }: App, configured: readonly Channel[]): void {
  for (const { name, askAlso } of assistants.flatMap(({ tools }) => tools)) {
    if (askAlso === undefined || configured.includes(askAlso)) continue;
    const remedy = 'Set COUNTERSIGN_HANDOVER_URL and COUNTERSIGN_HANDOVER_API_KEY, or remove askAlso';
    throw new DefinitionError(
      `The policy of tool "${name}" has askAlso "${askAlso}", which is not configured. ${remedy}.`,
    );
  }
}

/**
 * Refuses an application that would tell people by what the worker does not have.
 *
 * @throws DefinitionError naming the tool, the channel, those that are configured, and what to set. A policy that is a function is not
 *   called here: if none of the channels that it names is there, the worker's log says that nobody was told.
 */
export function requireNotified({ assistants }: App, configured: readonly ChannelName[]): void {
  const policies = assistants.flatMap(({ tools, mcp }) => [
    ...tools.map(({ name, notify }) => ({ of: `tool "${name}"`, channels: notify })),
    ...mcp.map(({ serverLabel, policy }) => ({
      of: `MCP server "${serverLabel}"`,
      channels: 'kind' in policy && policy.kind === 'ask' ? policy.notify?.channels : undefined,
    })),
  ]);
  for (const { of, channels = [] } of policies) {
    const problem = channelsProblem(channels, configured);
    if (problem !== null) throw new DefinitionError(`"notify" in the policy of ${of} ${problem}`);
  }
}

/**
 * Refuses an application whose decisions would let later calls through where no grant can be kept.
 *
 * @throws DefinitionError naming the tool and the remedy. What a policy that is a function grants is ignored there, and the log says so.
 */
export function requireStoreForGrants({ assistants }: App, hasStore: boolean): void {
  const granting = assistants.flatMap(({ tools }) => tools).find(({ mayGrant }) => mayGrant);
  if (hasStore || granting === undefined) return;
  throw new DefinitionError(
    `The policy of tool "${granting.name}" has mayGrant, and grants are kept in a store. Set COUNTERSIGN_DATABASE_URL (createWorker({ store })), or remove mayGrant.`,
  );
}

/**
 * @param protocol - the one the worker speaks.
 * @throws DefinitionError for an assistant that counts on what only another protocol has. It would be left out in silence.
 */
export function requireSpoken({ assistants }: App, protocol: Protocol): void {
  for (const { name, mcp, builtInTools } of assistants) {
    const only = (field: string, needed: Protocol): string =>
      `Assistant "${name}" has ${field}, which only "${needed}" knows, and the worker speaks "${protocol}". Set COUNTERSIGN_PROVIDER to "${needed}", or remove ${field}.`;
    if (mcp.length > 0 && protocol !== 'responses') throw new DefinitionError(only('mcp', 'responses'));
    if (builtInTools && protocol !== 'assistants') {
      throw new DefinitionError(only('builtInTools', 'assistants'));
    }
  }
}
