import type { ToolCall } from '../assistants/wire.ts';

/** The objects of Chat Completions as they travel, with the fields the recordings have (test/recordings/chat). */

export interface ChatUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details: { cached_tokens: number; audio_tokens: number };
  completion_tokens_details: {
    reasoning_tokens: number;
    audio_tokens: number;
    accepted_prediction_tokens: number;
    rejected_prediction_tokens: number;
  };
}

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

export interface Choice {
  index: number;
  message: {
    role: 'assistant';
    content: string | null;
    tool_calls?: ToolCall[];
    refusal: null;
    annotations: [];
  };
  logprobs: null;
  finish_reason: FinishReason;
}

export interface Completion {
  id: string;
  object: 'chat.completion';
  created: number;
  model: string;
  choices: Choice[];
  usage: ChatUsage;
  metadata?: Record<string, string>;
  service_tier: 'default';
  system_fingerprint: string;
}

interface Delta {
  role?: 'assistant';
  content?: string | null;
  refusal?: null;
  tool_calls?: {
    index: number;
    id?: string;
    type?: 'function';
    function: { name?: string; arguments: string };
  }[];
}

/** One event of a stream. The last one with usage has no choice. */
export interface Chunk {
  id: string;
  object: 'chat.completion.chunk';
  created: number;
  model: string;
  service_tier: 'default';
  system_fingerprint: string;
  choices: { index: number; delta: Delta; logprobs: null; finish_reason: FinishReason | null }[];
  /** There only when the stream was asked to include it: null but in the last event. */
  usage?: ChatUsage | null;
}
