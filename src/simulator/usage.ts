import type { Usage } from './wire.ts';

/** Invented but deterministic token counts: four characters make a token. */
export function usageOf(read: readonly (string | null)[], written: readonly string[]): Usage {
  return toUsage(tokens(read), tokens(written));
}

export function addUsage(parts: readonly (Usage | null)[]): Usage {
  const sum = (count: (usage: Usage) => number) =>
    parts.reduce((total, usage) => total + (usage === null ? 0 : count(usage)), 0);
  return toUsage(
    sum((usage) => usage.prompt_tokens),
    sum((usage) => usage.completion_tokens),
  );
}

function tokens(texts: readonly (string | null)[]): number {
  return texts.reduce((total, text) => total + Math.ceil((text?.length ?? 0) / 4), 0);
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
