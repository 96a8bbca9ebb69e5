import { expect, test } from 'vitest';

import { isTold, noticeConfig } from '../../../src/config.ts';

const MAIL = {
  COUNTERSIGN_SMTP_URL: 'smtp://127.0.0.1:2525',
  COUNTERSIGN_MAIL_FROM: 'Countersign <signoff@acme.example>',
  COUNTERSIGN_PUBLIC_URL: 'https://countersign.acme.example',
};

test('a default channel that a worker has not is refused, with what is configured and what to set', () => {
  expect(() => noticeConfig({ ...MAIL, COUNTERSIGN_NOTIFY: 'mail,slack' })).toThrow(
    /^COUNTERSIGN_NOTIFY names the channel "slack", which is not configured\. Configured: mail\. Set COUNTERSIGN_SLACK_BOT_TOKEN/,
  );
  expect(() => noticeConfig({ COUNTERSIGN_NOTIFY: 'mail' })).toThrow(/No channel is configured/);
  expect(() => noticeConfig({ COUNTERSIGN_NOTIFY: 'fax' })).toThrow(/of mail, slack, push, teams/);
  expect(noticeConfig({ ...MAIL, COUNTERSIGN_NOTIFY: 'mail' })?.defaults).toEqual(['mail']);
});

test('a gateway need not be able to send what it says is sent', () => {
  expect(isTold({ COUNTERSIGN_NOTIFY: 'mail' })).toBe(true);
  expect(isTold({})).toBe(false);
});
