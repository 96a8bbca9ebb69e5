export type Environment = Readonly<Record<string, string | undefined>>;

/** What every step on the way to a Temporal server is given. */
export interface TemporalContext {
  env: Environment;
  /** Hears sentences for people. */
  onProgress: (message: string) => void;
  /** Aborted when the server is not wanted any more. */
  signal: AbortSignal;
}
