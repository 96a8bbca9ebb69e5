/** Where a call is held, on its first attempt, until its worker is killed; or told to stop. */
export type Point = 'before' | 'during' | 'after' | 'stop' | 'none';

/** The field of a turn's context that says so. Policies and tools do not see it. */
export const POINT_FIELD = 'countersign-verify';

/** What a worker tells of a call, as it happens. `run` is one time that `execute` was called. */
export type Note = { tool: string; key: string } & (
  | { event: 'began'; run: string; arguments: string }
  | { event: 'read-key'; run: string }
  | { event: 'sent'; run: string; what: string }
  | { event: 'returned'; run: string; output: string }
  | { event: 'threw'; run: string; message: string }
  | { event: 'changed-arguments'; run: string; before: string; after: string }
  | { event: 'quick'; run: string; afterMs: number }
  | { event: 'stopped'; run: string; afterMs: number }
  | { event: 'ran-on'; run: string; afterMs: number }
  | { event: 'held'; point: Point }
  | { event: 'reconciled'; done: boolean | null; output: string }
);

/** A value as a text that can be compared; what has no JSON is told as such. */
export function textOf(value: unknown): string {
  try {
    const text: unknown = JSON.stringify(value);
    return typeof text === 'string' ? text : 'undefined';
  } catch {
    return 'a value without JSON';
  }
}
