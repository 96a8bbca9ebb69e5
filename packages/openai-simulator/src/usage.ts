import type { Usage } from './assistants/wire.ts';

/** Token counts are invented but deterministic. */
const CHARACTERS_PER_TOKEN = 4;

export function usageOf(read: readonly (string | null)[], written: readonly string[]): Usage {
  return toUsage(countTokens(read), countTokens(written));
}

export function addUsage(parts: readonly (Usage | null)[]): Usage {
  const sum = (count: (usage: Usage) => number) =>
    parts.reduce((total, usage) => total + (usage === null ? 0 : count(usage)), 0);
  return toUsage(
    sum((usage) => usage.prompt_tokens),
    sum((usage) => usage.completion_tokens),
  );
}

export function countTokens(texts: readonly (string | null)[]): number {
  return texts.reduce((total, text) => total + Math.ceil((text?.length ?? 0) / CHARACTERS_PER_TOKEN), 0);
}

/** The beginning of a text that fits into so many tokens. */
export function withinTokens(text: string, limit: number): string {
  return text.slice(0, limit * CHARACTERS_PER_TOKEN);
}

function toUsage(prompt: number, completion: number): Usage {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    // The service spells it so in runs, against its own description ("prompt_tokens_details" elsewhere).
    prompt_token_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}
