/** A signed checkpoint on its way to somewhere that whoever runs the database cannot change. */
export interface SentCheckpoint {
  tenant: string;
  size: number;
  /** `sha256:<hex>` */
  root: string;
  /** ISO 8601. */
  time: string;
  /** A compact JWS; what the others say is in it. */
  checkpoint: string;
}

/** Where checkpoints are sent. */
export interface CheckpointSink {
  /** In metrics and logs, such as `file`. */
  kind: string;
  /** The place itself, without anything secret: what it has is kept under this name. */
  place: string;
  /**
   * Sends one. It may be sent again, so the second time changes nothing there.
   *
   * @param signal - aborted when the process ends and nobody waits any more.
   * @throws Error whose message says what is wrong; it is tried again.
   */
  send(checkpoint: SentCheckpoint, signal: AbortSignal): Promise<void>;
}
