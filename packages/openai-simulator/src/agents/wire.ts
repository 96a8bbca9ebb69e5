import type { Metadata } from '../metadata.ts';

/** The objects of the Agents API (beta) as they travel, with the fields of the official client's types. No recording exists. */

export type InputPart = { type: 'input_text'; text: string } | { type: 'input_image'; image_url: string };
interface OutputPart {
  type: 'output_text';
  text: string;
}

interface MessageItem {
  id: string;
  type: 'message';
  role: 'user' | 'assistant';
  content: (InputPart | OutputPart)[];
  phase: 'commentary' | 'final_answer' | null;
  status: 'in_progress' | 'completed' | 'incomplete';
  turn_id: string;
}

interface FunctionCallItem {
  id: string;
  type: 'function_call';
  /** What the model sent, already parsed; text when it was not JSON. */
  arguments: unknown;
  call_id: string;
  name: string;
  status: 'in_progress' | 'completed' | 'failed' | 'incomplete';
  turn_id: string;
}

interface FunctionCallOutputItem {
  id: string;
  type: 'function_call_output';
  call_id: string;
  error: string | null;
  output: string | InputPart[] | null;
  status: 'completed' | 'failed';
  turn_id: string;
}

export type AgentItem = MessageItem | FunctionCallItem | FunctionCallOutputItem;

export interface AgentUsage {
  input_tokens: number;
  input_tokens_details: { cached_tokens: number };
  output_tokens: number;
  output_tokens_details: { reasoning_tokens: number };
  total_tokens: number;
}

export interface AgentTurn {
  id: string;
  object: 'agent.session.turn';
  agent_id: string;
  completed_at: number | null;
  created_at: number;
  error: { code: string; message: string } | null;
  session_id: string;
  started_at: number | null;
  /** One of OpenAI's, or whatever a scenario says in order to play a strange server. */
  status: string;
  subagent_id: null;
  usage: AgentUsage | null;
}

interface RequiredFunctionCall {
  type: 'function_call';
  arguments: unknown;
  call_id: string;
  name: string;
  turn_id: string;
}

export interface AgentSession {
  id: string;
  object: 'agent.session';
  agent: {
    id: string;
    instructions: string | null;
    model: string;
    multi_agent: { enabled: false; max_concurrent_subagents: null };
    name: string | null;
    reasoning: { effort: string | null; summary: string | null };
    service_tier: string;
    text: object;
    tools: object[];
  };
  created_at: number;
  environment: { type: 'none' };
  error: string | null;
  last_active_at: number;
  metadata: Metadata;
  required_actions: RequiredFunctionCall[];
  status: string;
  usage: AgentUsage | null;
  vault_ids: string[];
  review?: 'auto_review';
}
