/**
 * The same with U+FFFD for every half of a character, which canonical JSON cannot carry. A program that cuts a text within an emoji makes
 * such halves: an entry that could not be written would hold its effect back, or have it happen again.
 */
export function wellFormed<Value>(value: Value): Value {
  if (typeof value === 'string') return value.toWellFormed() as Value;
  if (Array.isArray(value)) return value.map(wellFormed) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([key, inner]) => [
    key.toWellFormed(),
    wellFormed<unknown>(inner),
  ]);
  return Object.fromEntries(fields) as Value;
}
