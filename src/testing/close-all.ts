/** One after the other, each of them. @throws what the first one threw that failed. */
export async function closeAll(closers: readonly (() => Promise<void>)[]): Promise<void> {
  const faults: unknown[] = [];
  for (const close of closers) await close().catch((fault: unknown) => faults.push(fault));
  if (faults.length > 0) throw faults[0];
}
