/** Up to 16 pairs of texts that a client keeps with an object. */
export type Metadata = Record<string, string>;

/** Metadata is replaced as a whole; leaving it out keeps it [recorded]. */
export function newMetadata(sent: Metadata | null | undefined, old: Metadata): Metadata {
  return sent === undefined ? old : (sent ?? {});
}
