import type { SettledCall } from '../scenario/model.ts';
import { noApprovalRequest, noCallFor, noOutputFor } from './errors.ts';
import { textOf } from './items.ts';
import type { Item, McpApprovalRequestItem, McpCallItem } from './wire.ts';

/** What the model reads before it answers: the items of the conversation or of earlier responses, and the new input. */

/**
 * Holds items to the rule that every function call has its output and every answer its question.
 *
 * @param items - oldest first.
 * @throws ApiError 400 for the first one that breaks it.
 */
export function checkAnswers(items: readonly Item[]): void {
  const calls = new Set<string>();
  const requests = new Set<string>();
  for (const item of items) {
    if (item.type === 'function_call') calls.add(item.call_id);
    if (item.type === 'mcp_approval_request') requests.add(item.id);
    if (item.type === 'function_call_output' && !calls.has(item.call_id)) throw noCallFor(item.call_id);
    if (item.type === 'mcp_approval_response' && !requests.has(item.approval_request_id))
      throw noApprovalRequest(item.approval_request_id);
  }
  for (const item of items) if (item.type === 'function_call_output') calls.delete(item.call_id);
  const [unanswered] = calls;
  if (unanswered !== undefined) throw noOutputFor(unanswered);
}

/** The latest message of the user; empty when there is none. */
export function latestMessage(items: readonly Item[]): string {
  const latest = items.findLast((item) => item.type === 'message' && item.role === 'user');
  return latest?.type === 'message' ? textOf(latest.content) : '';
}

/** The calls made since the latest message of the user, in their order, with their outputs. */
export function settledCalls(items: readonly Item[]): SettledCall[] {
  const since = items.findLastIndex((item) => item.type === 'message' && item.role === 'user');
  const recent = items.slice(since + 1);
  return recent.flatMap((item): SettledCall[] => {
    const output = outputOf(item, recent);
    if (output === undefined || !('name' in item)) return [];
    return [{ name: item.name, arguments: item.arguments, output }];
  });
}

/** What came of a call. An approved one stands where its request does, so that the order is that in which they were made. */
function outputOf(item: Item, items: readonly Item[]): string | undefined {
  switch (item.type) {
    case 'function_call': {
      const found = items.find((it) => it.type === 'function_call_output' && it.call_id === item.call_id);
      return found?.type === 'function_call_output' ? textOf(found.output) : undefined;
    }
    case 'mcp_call':
      return item.approval_request_id === null ? said(item) : undefined;
    case 'mcp_approval_request': {
      const answer = answerTo(item, items);
      if (answer?.approve === false) return refusal(answer.reason);
      const call = items.find((it) => it.type === 'mcp_call' && it.approval_request_id === item.id);
      return call?.type === 'mcp_call' ? said(call) : undefined;
    }
    default:
      return undefined;
  }
}

/** The requests that were approved and whose calls have not been made yet. */
export function approvedRequests(items: readonly Item[]): McpApprovalRequestItem[] {
  const made = items.flatMap((item) => (item.type === 'mcp_call' ? [item.approval_request_id] : []));
  return items.filter(
    (item): item is McpApprovalRequestItem =>
      item.type === 'mcp_approval_request' &&
      answerTo(item, items)?.approve === true &&
      !made.includes(item.id),
  );
}

/** What the model reads of a call that was made. */
function said({ output, error }: McpCallItem): string {
  if (output !== null || error === null) return output ?? '';
  return 'message' in error ? error.message : textOfContent(error.content);
}

/** The text of what an MCP tool has said: a list of parts, of which some are texts. */
function textOfContent(content: unknown): string {
  const parts: unknown[] = Array.isArray(content) ? content : [content];
  const texts = parts.flatMap((part) =>
    typeof part === 'object' && part !== null && 'text' in part ? [String(part.text)] : [],
  );
  return texts.length > 0 ? texts.join('\n') : JSON.stringify(content);
}

function answerTo({ id }: McpApprovalRequestItem, items: readonly Item[]) {
  const answer = items.find((it) => it.type === 'mcp_approval_response' && it.approval_request_id === id);
  return answer?.type === 'mcp_approval_response' ? answer : undefined;
}

/** What a scenario finds as the output of a call that was refused. No recording shows what the model is told. */
function refusal(reason: string | null): string {
  return ['The call was denied. It was not executed.', reason].filter(Boolean).join(' ');
}
