import type { Fact } from '../../src/contracts/recording/fact.ts';
import { createRecorder } from '../../src/record/recorder.ts';
import type { Store } from '../../src/store/store.ts';

/** One grant more than any list shows, all of which hold for a minute. */
export async function giveTooMany(store: Store, tenant: string, nowMs: number): Promise<void> {
  const iso = (ms: number) => new Date(nowMs + ms).toISOString();
  const terms = { forMs: 60_000, narrowerBy: [], boundTo: 'conversation' as const };
  const argumentsDigest = `sha256:${'0'.repeat(64)}`;
  const facts = Array.from({ length: 201 }, (_, index): Fact => {
    const grantId = `many.k3f9w2m7c5q8.${String(index).padStart(8, '0')}`;
    const grant = {
      ...{ grantId, assistant: 'desk', tool: 'refund', conversationId: 'many', terms, votes: [] },
      ...{ arguments: { orderId: `A-${index}` }, argumentsDigest },
      ...{ requestedAt: iso(0), givenAt: iso(0), until: iso(60_000) },
    };
    const about = { approvalId: grantId, tool: grant.tool, digest: argumentsDigest, at: iso(0) };
    return { ...about, is: 'granted', grant };
  });
  await createRecorder(store).write({ tenant, conversationId: 'many' }, facts);
}
