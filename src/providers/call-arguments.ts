/**
 * The arguments of a call as the text that reviews read. A call without any is a call with `{}`: servers leave them out, say null, or
 * send an empty text [reported]; some have parsed the text already.
 */
export function argumentsText(given: unknown): string {
  if (typeof given !== 'string') return JSON.stringify(given ?? {});
  return given.trim() === '' ? '{}' : given;
}
