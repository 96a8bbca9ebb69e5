import { unknownToolChoice } from '../http/errors.ts';
import type { PlannedCall } from '../scenario/model.ts';
import type { ToolUse } from '../scenario/play.ts';
import type { Rule, Scenario } from '../scenario/schema.ts';
import type { CreateResponse, McpTool, SentTool, ToolChoice } from './schemas.ts';
import type { McpListToolsItem } from './wire.ts';

/** A tool as a response shows it. */
export function toTool(sent: SentTool): object {
  switch (sent.type) {
    case 'function':
      return {
        type: 'function',
        description: sent.description ?? null,
        name: sent.name,
        parameters: sent.parameters ?? { type: 'object', properties: {} },
        // Strict unless it was asked not to be [recorded: ruby-function-call-2025-03].
        strict: sent.strict ?? true,
      };
    case 'mcp':
      return {
        type: 'mcp',
        allowed_tools: shownFilter(sent.allowed_tools),
        headers: sent.headers == null ? null : hidden(sent.headers),
        require_approval: shownApproval(sent.require_approval),
        ...(sent.server_description !== undefined && { server_description: sent.server_description }),
        server_label: sent.server_label,
        ...(sent.server_url !== undefined && { server_url: withoutPath(sent.server_url) }),
      };
    default:
      return sent;
  }
}

/** Everything but the host of an address is kept secret [recorded]. */
function withoutPath(url: string): string {
  return URL.canParse(url) ? `${new URL(url).origin}/<redacted>` : '<redacted>';
}

function hidden(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.keys(headers).map((name) => [name, '<redacted>']));
}

type Filter = Exclude<McpTool['allowed_tools'], undefined>;

function shownFilter(filter: Filter | undefined): unknown {
  if (filter == null || Array.isArray(filter)) return filter ?? null;
  return { read_only: filter.read_only ?? null, tool_names: filter.tool_names ?? null };
}

function shownApproval(policy: McpTool['require_approval']): unknown {
  if (policy == null || typeof policy === 'string') return policy ?? 'always';
  return { always: shownFilter(policy.always), never: shownFilter(policy.never) };
}

/**
 * What a request lets the model do with its tools.
 *
 * @throws ApiError 400 when the choice names a tool that was not brought.
 */
export function toolUse({ tools = [], tool_choice, parallel_tool_calls }: CreateResponse): ToolUse {
  const functions = tools.flatMap((tool) => (tool.type === 'function' ? [tool.name] : []));
  const servers = mcpTools(tools);
  const { mode, only } = chosen(tool_choice, functions, servers);
  return {
    mode,
    mayCall: (call) =>
      (serverOf(call, servers) !== undefined || isFunction(call, functions)) &&
      (only === undefined || only.some((named) => isNamed(named, call))),
    fallback:
      only === undefined ? functions[0] : (only.find(({ type }) => type === 'function')?.name ?? undefined),
    isParallel: parallel_tool_calls ?? true,
  };
}

type Named = Extract<ToolChoice, { type: 'allowed_tools' }>['tools'][number];

function chosen(
  choice: ToolChoice | undefined,
  functions: readonly string[],
  servers: readonly McpTool[],
): { mode: ToolUse['mode']; only?: readonly Named[] } {
  if (choice === undefined || typeof choice === 'string') return { mode: choice ?? 'auto' };
  const only = choice.type === 'allowed_tools' ? choice.tools : [choice];
  for (const named of only) {
    const isKnown =
      named.type === 'function'
        ? functions.includes(named.name)
        : servers.some((server) => server.server_label === named.server_label);
    if (!isKnown) throw unknownToolChoice(named.type === 'function' ? named.name : named.server_label);
  }
  return { mode: choice.type === 'allowed_tools' ? choice.mode : 'required', only };
}

function isNamed(named: Named, call: PlannedCall): boolean {
  if (named.type === 'function') return call.name === named.name;
  return call.mcp?.serverLabel === named.server_label && (named.name == null || named.name === call.name);
}

/** A function that was not brought may be called too, as models do, but not one that is meant for a server. */
function isFunction({ name, mcp }: PlannedCall, functions: readonly string[]): boolean {
  return mcp === undefined ? functions.length > 0 : functions.includes(name);
}

export function mcpTools(tools: readonly SentTool[]): McpTool[] {
  return tools.filter((tool): tool is McpTool => tool.type === 'mcp');
}

/** The server a call goes to: one that was brought, with this tool allowed. */
export function serverOf({ name, mcp }: PlannedCall, servers: readonly McpTool[]): McpTool | undefined {
  return servers.find((server) => server.server_label === mcp?.serverLabel && isAllowed(name, server));
}

function isAllowed(name: string, { allowed_tools: allowed }: McpTool): boolean {
  return allowed == null || namesOf(allowed)?.includes(name) !== false;
}

/** Approval is needed unless it is said not to be, for all tools or for this one. */
export function needsApproval(name: string, { require_approval: policy }: McpTool): boolean {
  if (policy == null || typeof policy === 'string') return policy !== 'never';
  return namesOf(policy.never ?? [])?.includes(name) !== true;
}

function namesOf(filter: NonNullable<Filter>): readonly string[] | undefined {
  return Array.isArray(filter) ? filter : filter.tool_names;
}

/** The tools a server has: those that the scenario's rules call there and the request allows. */
export function listedTools(server: McpTool, { rules }: Scenario): McpListToolsItem['tools'] {
  const calls = rules.flatMap((rule: Rule) => (rule.rounds ?? []).flatMap((round) => round.calls));
  const names = calls.flatMap((call) => (call.mcp?.serverLabel === server.server_label ? [call.tool] : []));
  return [...new Set(names)]
    .filter((name) => isAllowed(name, server))
    .map((name) => ({
      annotations: { read_only: false },
      description: '',
      input_schema: { type: 'object', properties: {} },
      name,
    }));
}
