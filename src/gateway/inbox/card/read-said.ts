import { setTimeout as sleep } from 'node:timers/promises';

import type { AnyShownApproval } from '../../../contracts/approval/approval.ts';
import type { GatewayParts } from '../../gateway-env.ts';
import { LIST_BYTES } from '../../memory.ts';
import type { ShownSaid } from './said.ts';

/** Nobody waits for a card because of what was said before it. */
const LIMIT_MS = 2_000;

/** Null where there is no conversation, or the policy wants none on the card. */
export async function readSaid(
  { client, log, hold }: Pick<GatewayParts, 'client' | 'log'> & { hold: (bytes: number) => Promise<void> },
  tenant: string,
  { approvalId, turnId, showConversation }: AnyShownApproval,
): Promise<ShownSaid> {
  if (turnId === undefined || showConversation === false) return null;
  const limit = new AbortController();
  const unavailable = (because: string): ShownSaid => {
    log('conversation.unread', { tenant, approvalId, because });
    return 'unavailable';
  };
  try {
    await hold(LIST_BYTES);
    return await Promise.race([
      client.readSaid(tenant, turnId),
      sleep(LIMIT_MS, undefined, { signal: limit.signal }).then(() => unavailable('no answer in time')),
    ]);
  } catch (error) {
    return unavailable(error instanceof Error ? error.name : 'unknown');
  } finally {
    limit.abort();
  }
}
