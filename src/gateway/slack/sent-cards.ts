import type { AnyApproval } from '../../contracts/approval/approval.ts';
import { toCard, type Card } from '../../notices/card.ts';
import type { Reference } from '../../notices/channel.ts';
import type { SlackApi, SlackPlace } from '../../notices/slack/api.ts';
import { toSlackMessage } from '../../notices/slack/blocks.ts';
import { placeOf } from '../../notices/slack/slack.ts';
import type { Notice } from '../../store/notices/rows.ts';
import type { Store } from '../../store/store.ts';
import type { GatewayParts } from '../gateway-env.ts';

/** It may be settled while a message is written: so often it is written again. */
const WRITES = 3;

/** The messages that were sent about questions: whether a card is one of them, and what it says by now. */
export function createSentCards({
  client,
  store,
  api,
  publicUrl,
}: Pick<GatewayParts, 'client'> & { store: Store; api: SlackApi; publicUrl: string }) {
  return {
    /** @returns what was sent there about this question; null for nothing. */
    async find(tenant: string, approvalId: string, { channel, ts }: SlackPlace): Promise<Notice | null> {
      const notices = await store.notices.ofApproval(tenant, approvalId);
      const found = notices.find((notice) => {
        const place = placeOf(notice.reference as Reference | null);
        return notice.ways[0]?.channel === 'slack' && place?.channel === channel && place.ts === ts;
      });
      return found ?? null;
    },

    card: (approval: AnyApproval): Card => toCard(approval, publicUrl),

    /** Writes a message anew, as its questions stand. */
    async refresh(tenant: string, { messageId, personId, ways, reference }: Notice): Promise<void> {
      const place = placeOf(reference as Reference | null);
      const person = await store.people.get(tenant, personId);
      if (place === null || person === null || messageId === null) return;
      const to = { person, address: ways[0]?.address ?? '' };
      for (let written: string | undefined, count = 0; count < WRITES; count += 1) {
        const cards = await cardsOf(tenant, messageId);
        const message = toSlackMessage({ id: messageId, tenant, kind: 'ask', cards, to, after: [] });
        const text = JSON.stringify(message);
        if (cards.length === 0 || text === written) return;
        await api.update(place, message);
        written = text;
      }
    },
  };

  async function cardsOf(tenant: string, messageId: string): Promise<Card[]> {
    const notices = await store.notices.ofMessage(tenant, messageId);
    const ids = [...new Set(notices.map(({ approvalId }) => approvalId))];
    const approvals = await Promise.all(ids.map((id) => client.getApproval(tenant, id)));
    return approvals.flatMap((approval) => (approval === null ? [] : [toCard(approval, publicUrl)]));
  }
}
