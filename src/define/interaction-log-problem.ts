import type { InteractionLogOptions } from '../contracts/interaction-log/interaction.ts';

/** What is wrong with the log an application declares, and what is allowed; null when nothing is. */
export function interactionLogProblem(options: InteractionLogOptions): string | null {
  // Declared in TypeScript or not: what is checked here has no types yet.
  const { sink, content, patterns, redact } = options as Record<keyof InteractionLogOptions, unknown>;
  const { name, write } = (sink ?? {}) as Record<string, unknown>;
  if (typeof name !== 'string' || name === '' || typeof write !== 'function') {
    return 'interactionLog.sink must have a name and a function "write", as openTelemetrySink() and reconifySink({ … }) return.';
  }
  if (content !== undefined && content !== 'none' && content !== 'full') {
    return `interactionLog.content is ${JSON.stringify(content)}: use "none", the default, or "full".`;
  }
  if (
    patterns !== undefined &&
    !(Array.isArray(patterns) && patterns.every((one) => one instanceof RegExp))
  ) {
    return 'interactionLog.patterns must be a list of regular expressions, such as [/KD-\\d{6}/].';
  }
  if (redact !== undefined && typeof redact !== 'function') {
    return 'interactionLog.redact must be a function from a text to a text.';
  }
  return null;
}
