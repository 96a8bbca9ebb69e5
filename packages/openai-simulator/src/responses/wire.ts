import type { Metadata } from '../metadata.ts';
import type { McpError } from '../scenario/schema.ts';

/** The objects of Responses and Conversations as they travel, with the fields the newest recordings have. */

export type ContentPart =
  | { type: 'input_text'; text: string }
  | { type: 'output_text'; annotations: unknown[]; logprobs: unknown[]; text: string }
  | { type: 'refusal'; refusal: string }
  | { type: 'input_image' | 'input_file' };

export interface MessageItem {
  id: string;
  type: 'message';
  status: 'in_progress' | 'completed' | 'incomplete';
  content: ContentPart[];
  role: 'user' | 'assistant' | 'system' | 'developer';
}

interface FunctionCallItem {
  id: string;
  type: 'function_call';
  status: 'in_progress' | 'completed' | 'incomplete';
  arguments: string;
  call_id: string;
  name: string;
}

interface FunctionCallOutputItem {
  id: string;
  type: 'function_call_output';
  status: 'in_progress' | 'completed' | 'incomplete';
  call_id: string;
  output: string | ContentPart[];
}

export interface McpListToolsItem {
  id: string;
  type: 'mcp_list_tools';
  server_label: string;
  tools: { annotations: object; description: string; input_schema: object; name: string }[];
}

export interface McpApprovalRequestItem {
  id: string;
  type: 'mcp_approval_request';
  arguments: string;
  name: string;
  server_label: string;
}

interface McpApprovalResponseItem {
  id: string;
  type: 'mcp_approval_response';
  approval_request_id: string;
  approve: boolean;
  reason: string | null;
}

export interface McpCallItem {
  id: string;
  type: 'mcp_call';
  /** The request that was approved; null when none was needed. */
  approval_request_id: string | null;
  arguments: string;
  /** Of a tool that failed, which has no output. [spec]: no recording shows one. */
  error: McpError | null;
  name: string;
  output: string | null;
  server_label: string;
}

/** What a client sends back of another model's; no model here thinks aloud. */
interface ReasoningItem {
  id: string;
  type: 'reasoning';
  summary: unknown[];
  encrypted_content?: string | null;
}

export type Item =
  | MessageItem
  | FunctionCallItem
  | FunctionCallOutputItem
  | McpListToolsItem
  | McpApprovalRequestItem
  | McpApprovalResponseItem
  | McpCallItem
  | ReasoningItem;

export interface ResponseUsage {
  input_tokens: number;
  input_tokens_details: { cached_tokens: number };
  output_tokens: number;
  output_tokens_details: { reasoning_tokens: number };
  total_tokens: number;
}

export interface ResponseBody {
  id: string;
  object: 'response';
  created_at: number;
  /** One of OpenAI's, or whatever a scenario says in order to play a strange server. */
  status: string;
  background: boolean;
  billing?: { payer: 'developer' };
  completed_at: number | null;
  conversation?: { id: string };
  error: { code: string; message: string } | null;
  frequency_penalty: number;
  incomplete_details: { reason: string } | null;
  instructions: string | null;
  max_output_tokens: number | null;
  max_tool_calls: number | null;
  model: string;
  moderation: null;
  output: Item[];
  parallel_tool_calls: boolean;
  presence_penalty: number;
  previous_response_id: string | null;
  prompt_cache_key: string | null;
  prompt_cache_retention: string | null;
  reasoning: { context: null; effort: string | null; summary: string | null };
  safety_identifier: string | null;
  service_tier: string;
  store: boolean;
  temperature: number;
  text: object;
  tool_choice: unknown;
  tool_usage?: object;
  tools: object[];
  top_logprobs: number;
  top_p: number;
  truncation: string;
  usage: ResponseUsage | null;
  user: string | null;
  metadata: Metadata;
}

export interface Conversation {
  id: string;
  object: 'conversation';
  created_at: number;
  metadata: Metadata;
}

/** An item in its conversation. */
export interface ConversationItem {
  id: string;
  conversationId: string;
  item: Item;
}
