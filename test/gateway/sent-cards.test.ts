import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { shown } from '../../src/contracts/deciding/proposals.ts';
import { createSentCards } from '../../src/gateway/slack/sent-cards.ts';
import { toCard } from '../../src/notices/card.ts';
import { ChannelError } from '../../src/notices/channel.ts';
import type { SlackApi } from '../../src/notices/slack/api.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import type { GatewayParts } from '../../src/gateway/gateway-env.ts';
import { sampleApproval } from './support.ts';

/** What a gateway writes into a message in Slack after a click. */

let store: Store;
let passedMs = 0;
beforeAll(async () => {
  store = await openStore({ url: 'sqlite::memory:', clock: () => Date.now() + passedMs });
  await store.people.put('acme', [{ id: 'grace', slackId: 'U0', groups: ['finance'] }]);
});
afterAll(() => store.close());

const publicUrl = 'https://inbox.acme.example';
const { proposals: _, ...asked } = sampleApproval({ approvalId: 'a', tenant: 'acme' });
const edited = {
  ...asked,
  proposed: { by: { kind: 'person', id: 'linus' } as const, at: asked.requestedAt },
};

test.each([
  ['may have arrived', true],
  ['was refused', false],
])('a change in Slack that %s holds others back: %s', async (name, mayHaveArrived) => {
  const notice = {
    ...{
      key: name,
      approvalId: name,
      conversationId: null,
      personId: 'grace',
      rung: 0,
      kind: 'ask' as const,
    },
    ...{ ways: [{ channel: 'slack' as const, address: 'U0' }], dueMs: Date.now() },
  };
  await store.notices.plan('acme', [notice]);
  await store.notices.take('acme', name, { perHour: 9, forMs: 60_000 });
  await store.notices.sent(
    'acme',
    await store.notices.ofMessage('acme', name),
    { channel: 'D', ts: '1' },
    'old',
  );
  const cards = createSentCards({
    ...{ store, publicUrl },
    client: { getApproval: () => Promise.resolve(shown(edited)) } as unknown as GatewayParts['client'],
    api: {
      update: () => Promise.reject(new ChannelError('Slack did not answer.', { mayHaveArrived })),
    } as unknown as SlackApi,
  });
  const [sent] = await store.notices.ofApproval('acme', name);
  await expect(cards.refresh('acme', sent!)).rejects.toThrow('did not answer');
  expect(await store.notices.beginChange('acme', name, { by: 'another', forMs: 30_000 })).toBe(
    !mayHaveArrived,
  );
});

test('a card that was taken over while it was read is left to whoever has it', async () => {
  await store.notices.plan('acme', [
    {
      ...{ key: 'lost', approvalId: 'lost', conversationId: null, personId: 'grace', rung: 0, kind: 'ask' },
      ...{ ways: [{ channel: 'slack', address: 'U0' }], dueMs: Date.now() },
    },
  ]);
  await store.notices.take('acme', 'lost', { perHour: 9, forMs: 60_000 });
  await store.notices.sent(
    'acme',
    await store.notices.ofMessage('acme', 'lost'),
    { channel: 'D', ts: '2' },
    'old',
  );
  const update = vi.fn();
  const cards = createSentCards({
    ...{ store, publicUrl },
    client: {
      async getApproval() {
        passedMs += 30_000;
        await store.notices.beginChange('acme', 'lost', { by: 'another', forMs: 30_000 });
        return shown(edited);
      },
    } as unknown as GatewayParts['client'],
    api: { update } as unknown as SlackApi,
  });
  const [sent] = await store.notices.ofApproval('acme', 'lost');
  await cards.refresh('acme', sent!);
  expect(update).not.toHaveBeenCalled();
});

test('a gateway and a worker show the same card of an edited call', () => {
  const card = toCard(shown(edited), publicUrl);
  expect(card).toEqual(toCard(edited, publicUrl));
  expect(card.changedBy).toBe('linus');
});
