import type {
  Annotation,
  Attachment,
  CodeInterpreterCall,
  FileSearchCall,
  ToolResources,
} from '../files/wire.ts';

import type { Metadata } from '../metadata.ts';

/** The objects of the Assistants API as they travel, with the fields the recordings have (test/recordings). */

interface FunctionTool {
  type: 'function';
  function: { name: string; description?: string; parameters: Record<string, unknown>; strict: boolean };
}

export type Tool =
  FunctionTool | { type: 'code_interpreter' } | { type: 'file_search'; file_search?: object };

/** What both an assistant and a run have: a run takes the assistant's values unless it brings its own. */
interface ModelSettings {
  model: string;
  instructions: string | null;
  tools: Tool[];
  temperature: number | null;
  top_p: number | null;
  reasoning_effort: string | null;
  tool_resources: ToolResources;
  metadata: Metadata;
  response_format: unknown;
}

export interface Assistant extends ModelSettings {
  id: string;
  object: 'assistant';
  created_at: number;
  name: string | null;
  description: string | null;
}

export interface Thread {
  id: string;
  object: 'thread';
  created_at: number;
  metadata: Metadata;
  tool_resources: ToolResources;
}

export type MessageContent =
  | { type: 'text'; text: { value: string; annotations: Annotation[] } }
  | { type: 'image_url'; image_url: { url: string; detail: string } }
  | { type: 'image_file'; image_file: { file_id: string; detail: string } };

export interface Message {
  id: string;
  object: 'thread.message';
  created_at: number;
  assistant_id: string | null;
  thread_id: string;
  run_id: string | null;
  role: 'user' | 'assistant';
  content: MessageContent[];
  attachments: Attachment[];
  metadata: Metadata;
}

export interface ToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_token_details: { cached_tokens: number };
  completion_tokens_details: { reasoning_tokens: number };
}

export interface RunError {
  code: string;
  message: string;
}

export interface Run extends ModelSettings {
  id: string;
  object: 'thread.run';
  created_at: number;
  assistant_id: string;
  thread_id: string;
  /** One of OpenAI's, or whatever a scenario says in order to play a strange server. */
  status: string;
  started_at: number | null;
  expires_at: number | null;
  cancelled_at: number | null;
  failed_at: number | null;
  completed_at: number | null;
  required_action: { type: 'submit_tool_outputs'; submit_tool_outputs: { tool_calls: ToolCall[] } } | null;
  last_error: RunError | null;
  max_completion_tokens: number | null;
  max_prompt_tokens: number | null;
  truncation_strategy: unknown;
  incomplete_details: { reason: string } | null;
  usage: Usage | null;
  tool_choice: unknown;
  parallel_tool_calls: boolean;
}

interface StepToolCall {
  id: string;
  type: 'function';
  /** `output` is null until the outputs are submitted: the proof that a submit arrived. */
  function: { name: string; arguments: string; output: string | null };
}

export interface RunStep {
  id: string;
  object: 'thread.run.step';
  created_at: number;
  run_id: string;
  assistant_id: string;
  thread_id: string;
  type: 'message_creation' | 'tool_calls';
  status: 'in_progress' | 'completed' | 'cancelled' | 'failed' | 'expired';
  cancelled_at: number | null;
  completed_at: number | null;
  expires_at: number | null;
  failed_at: number | null;
  last_error: RunError | null;
  step_details:
    | { type: 'message_creation'; message_creation: { message_id: string } }
    | { type: 'tool_calls'; tool_calls: (StepToolCall | CodeInterpreterCall | FileSearchCall)[] };
  usage: Usage | null;
}
