import { z } from 'zod';

import type { ToolArguments } from '../contracts/tool-call.ts';
import type { McpServer, ResponsesOptions } from '../contracts/assistant.ts';
import { ID_RULES, isName } from '../contracts/ids.ts';
import { toMs } from './duration.ts';
import { policyProblem } from './verdict.ts';
import { firstRepeated } from './first-repeated.ts';
import type { Policy } from './policy.ts';
import { TerminalError, type Tool } from './tool.ts';

/**
 * An MCP server whose tools the provider calls (`responses` only). `policy` judges each call. The provider executes an approved call,
 * and it cannot be taken back. Such a call can be approved or denied, but not edited or answered.
 */
export interface McpOptions extends McpServer {
  readonly policy: Policy<McpCall>;
}

/** One call of a server's tool. `tool` is the server's name for it. Only the server checks its arguments. */
export interface McpCall {
  readonly tool: string;
  readonly arguments: ToolArguments;
}

/** What is wrong with them, as a sentence; null when they can be gated. */
export function mcpProblem(
  mcp: readonly McpOptions[],
  responses: ResponsesOptions | undefined,
): string | null {
  const unfit = mcp.find(({ serverLabel }) => !isName(serverLabel));
  if (unfit) return `serverLabel "${unfit.serverLabel}": use ${ID_RULES.name}.`;
  const twice = firstRepeated(mcp.map(({ serverLabel }) => serverLabel));
  if (twice !== undefined) return `two MCP servers are labelled "${twice}": give each its own serverLabel.`;
  const nowhere = mcp.find(({ serverUrl }) => !/^https?:/.test(serverUrl) || !URL.canParse(serverUrl));
  if (nowhere) {
    return `serverUrl "${nowhere.serverUrl}" of "${nowhere.serverLabel}" must be a URL with https: or http:.`;
  }
  for (const { serverLabel, policy } of mcp) {
    const lax = policyProblem(policy);
    if (lax !== null) return `policy of "${serverLabel}" ${lax}`;
    if (typeof policy !== 'function' && policy.kind === 'ask' && policy.rule?.mayGrant)
      return `policy of "${serverLabel}" has mayGrant, and the provider runs these tools: nobody could look at a grant right before the effect. Remove mayGrant.`;
  }
  // A lost approval would be sent again there, and the server's tool might run twice.
  if (mcp.length > 0 && responses?.state === 'previous_response') {
    return 'mcp needs responses.state "conversation", because only there a lost approval can be found. Remove "previous_response".';
  }
  return null;
}

/**
 * A tool of an MCP server as if it had been declared here, to be put to the policy. It is never executed on our side.
 *
 * @param name - `<serverLabel>.<tool>`.
 * @returns undefined when the assistant has no such server.
 */
export function toolOfServer({ mcp }: { mcp: readonly McpOptions[] }, name: string): Tool | undefined {
  const label = name.slice(0, Math.max(0, name.indexOf('.')));
  const server = mcp.find(({ serverLabel }) => serverLabel === label);
  if (server === undefined) return undefined;
  const { policy, serverDescription } = server;
  const toCall = (args: ToolArguments): McpCall => ({ tool: name.slice(label.length + 1), arguments: args });
  return {
    name,
    description: serverDescription ?? `A tool of the MCP server "${label}".`,
    parameters: z.looseObject({}),
    jsonSchema: { type: 'object' },
    isGated: true,
    effect: 'at-most-once',
    onError: 'report',
    maximumAttempts: 1,
    timeoutMs: toMs('60s', 'timeout'),
    judge: async (args, context) => (typeof policy === 'function' ? policy(toCall(args), context) : policy),
    execute: () => Promise.reject(new TerminalError(`The provider runs "${name}", not this worker.`)),
  };
}
