import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { AnyApproval } from '../../contracts/approval/approval.ts';
import { toCard, type Card } from '../../notices/card.ts';
import { ChannelError, type Reference } from '../../notices/channel.ts';
import { SEND_LIMIT_MS } from '../../notices/deliveries.ts';
import { readSentMessage } from '../../notices/sent-message.ts';
import type { SlackApi, SlackPlace } from '../../notices/slack/api.ts';
import { toSlackMessage } from '../../notices/slack/blocks.ts';
import { placeOf } from '../../notices/slack/slack.ts';
import type { Notice } from '../../store/notices/rows.ts';
import type { Store } from '../../store/store.ts';
import type { GatewayParts } from '../gateway-env.ts';

/** A worker that is changing a message is waited for, so often and so long: what it read before must not take the place of this. */
const [LOOKS, PAUSE_MS] = [60, 500];

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
    async refresh(tenant: string, notice: Notice): Promise<void> {
      const { messageId, reference } = notice;
      const place = placeOf(reference as Reference | null);
      if (place === null || messageId === null) return;
      const by = randomUUID();
      for (
        let look = 1;
        !(await store.notices.beginChange(tenant, messageId, { by, forMs: SEND_LIMIT_MS }));
        look += 1
      ) {
        if (look === LOOKS) return;
        await sleep(PAUSE_MS, null, { ref: false });
      }
      const end = (shown: string | null) => store.notices.endChange(tenant, messageId, { by, shown });
      try {
        const sent = await readSentMessage({ store, publicUrl, read }, tenant, notice);
        // Whoever has taken it over meanwhile shows what stands then.
        if (!(await store.notices.stillChanges(tenant, messageId, { by, forMs: SEND_LIMIT_MS }))) return;
        if (sent !== null) await api.update(place, toSlackMessage(sent.message));
        await end(sent?.shows ?? null);
      } catch (error) {
        // What may be under way still holds others back for a while.
        if (!(error instanceof ChannelError && error.mayHaveArrived)) await end(null);
        throw error;
      }
    },
  };

  function read(tenant: string, approvalId: string): Promise<AnyApproval | null> {
    return client.getApproval(tenant, approvalId);
  }
}
