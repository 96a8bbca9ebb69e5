/** How long what the "model" does takes. */
export interface Latency {
  /** From queued to in_progress, and from cancelling to cancelled. */
  startMs: number;
  /** From in_progress to calls or reply. */
  thinkMs: number;
}
