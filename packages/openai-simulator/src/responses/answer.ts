import { newHexId, newId, type IdStyle } from '../ids.ts';
import type { PlannedCall, Script } from '../scenario/model.ts';
import { play, type ToolUse } from '../scenario/play.ts';
import type { McpError, Scenario } from '../scenario/schema.ts';
import { inFormat } from '../scenario/structured.ts';
import { approvedRequests, settledCalls } from './context.ts';
import { outputText } from './items.ts';
import type { CreateResponse } from './schemas.ts';
import { listedTools, mcpTools, needsApproval, serverOf, toolUse } from './tools.ts';
import type { Item, McpApprovalRequestItem, McpCallItem } from './wire.ts';

/** What the model answers, and whether it is done with the scenario's rounds. */
export interface Answer {
  output: Item[];
  /** It has said its last word; else calls or approvals are waited for. */
  isEnd: boolean;
}

/**
 * Lets the model answer. Calls that OpenAI makes itself are made here, one round after another, until something is needed
 * from outside or the model speaks.
 *
 * @param context - all that stands before the answer, the new input included.
 */
export function answer(
  request: CreateResponse,
  script: Script,
  context: readonly Item[],
  scenario: Scenario,
  ids: IdStyle,
): Answer {
  const use = toolUse(request);
  const output = [
    ...newLists(request, context, scenario),
    ...approvedRequests(context).map((approved) => approvedCall(approved, script, context, use)),
  ];
  for (;;) {
    const move = play(script, settledCalls([...context, ...output]), use);
    if (move.kind === 'end') {
      if (move.reply !== undefined) output.push(message(inFormat(move.reply, request.text?.format)));
      return { output, isEnd: true };
    }
    const made = move.calls.map((call) => toCall(call, request, ids));
    output.push(...made);
    if (made.some(({ type }) => type !== 'mcp_call')) return { output, isEnd: false };
  }
}

/** A server's tools are listed once in a conversation, before anything else [recorded]. */
function newLists({ tools = [] }: CreateResponse, context: readonly Item[], scenario: Scenario): Item[] {
  const listed = context.flatMap((item) => (item.type === 'mcp_list_tools' ? [item.server_label] : []));
  return mcpTools(tools)
    .filter(({ server_label }) => !listed.includes(server_label))
    .map((server) => ({
      id: newHexId('mcpl'),
      type: 'mcp_list_tools',
      server_label: server.server_label,
      tools: listedTools(server, scenario),
    }));
}

function toCall(call: PlannedCall, { tools = [] }: CreateResponse, ids: IdStyle): Item {
  const { name, arguments: args } = call;
  const server = serverOf(call, mcpTools(tools));
  if (server === undefined || call.mcp === undefined) {
    return {
      id: newHexId('fc'),
      type: 'function_call',
      status: 'completed',
      arguments: args,
      call_id: newId('call', ids),
      name,
    };
  }
  const { server_label } = server;
  return needsApproval(name, server)
    ? { id: newHexId('mcpr'), type: 'mcp_approval_request', arguments: args, name, server_label }
    : mcpCall({ name, arguments: args, server_label }, call.mcp, null);
}

/** The call that was approved, with the arguments that were approved. */
function approvedCall(
  request: McpApprovalRequestItem,
  script: Script,
  context: readonly Item[],
  use: ToolUse,
): McpCallItem {
  const move = play(script, settledCalls(context), {
    ...use,
    mode: 'auto',
    mayCall: () => true,
    isParallel: true,
  });
  const calls = move.kind === 'call' ? move.calls : [];
  const planned =
    calls.find(({ name, arguments: args }) => name === request.name && args === request.arguments) ??
    calls.find(({ name }) => name === request.name);
  return mcpCall(request, planned?.mcp ?? { output: 'Done.' }, request.id);
}

function mcpCall(
  {
    name,
    arguments: args,
    server_label,
  }: Pick<McpApprovalRequestItem, 'name' | 'arguments' | 'server_label'>,
  { output, error = null }: { output: string; error?: McpError | null | undefined },
  approvalRequestId: string | null,
): McpCallItem {
  return {
    id: newHexId('mcp'),
    type: 'mcp_call',
    approval_request_id: approvalRequestId,
    arguments: args,
    error,
    name,
    output: error === null ? output : null,
    server_label,
  };
}

function message(text: string): Item {
  return {
    id: newHexId('msg'),
    type: 'message',
    status: 'completed',
    content: [outputText(text)],
    role: 'assistant',
  };
}
