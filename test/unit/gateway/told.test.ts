import { expect, test } from 'vitest';

import { toldSection } from '../../../src/gateway/inbox/told.ts';
import type { Notice } from '../../../src/store/notices/rows.ts';

const notice = (personId: string, more: Partial<Notice>): Notice => ({
  ...{ key: personId, approvalId: 'a', conversationId: null, personId, rung: 0, kind: 'ask', dueMs: 0 },
  ...{ ways: [{ channel: 'mail', address: 'x@acme.example' }], state: 'planned', attempts: 1 },
  ...{ messageId: null, reference: null, shown: null, sentAt: null, endedAt: null, error: null },
  ...more,
});

test('a card shows who was told by what and when, and what did not arrive and why, but no address', () => {
  const section: unknown = toldSection([
    notice('grace', { state: 'sent', sentAt: '2026-01-01T10:00:00.000Z' }),
    notice('linus', { state: 'failed', error: 'The SMTP server answered 550 to RCPT TO.' }),
    notice('<b>mia', { state: 'held', dueMs: Date.parse('2026-01-01T11:00:00.000Z') }),
    notice('nell', {
      ...{ state: 'failed', endedAt: '2026-01-01T12:00:00.000Z' },
      error: 'The SMTP server answered 550 to RCPT TO.',
    }),
    notice('otto', { state: 'dropped' }),
  ]);
  const page = String(section)
    .replaceAll(/<\/?bdi[^>]*>/g, '')
    .replaceAll(/\s+/g, ' ');
  expect(page).toMatch(/grace<\/strong> by mail: told at <time/);
  expect(page).toMatch(
    /linus<\/strong> by mail: not delivered\. <span class="muted">The SMTP server answered 550/,
  );
  expect(page).toMatch(/nell<\/strong> by mail: told, but not how it ended\. <span class="muted">The SMTP/);
  expect(page).toMatch(/&lt;b&gt;mia<\/strong> by mail: not delivered yet, next at <time/);
  expect(page).not.toMatch(/otto|acme\.example/);
});

test('a card of which nobody was to be told says nothing of that', () => {
  expect(toldSection([])).toBe('');
});
