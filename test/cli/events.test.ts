import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { createWebhookSecret } from '../../src/contracts/webhooks/signature.ts';
import { runHere } from '../support/cli-here.ts';
import { testFolder } from '../support/folder.ts';

const file = join(testFolder(), 'endpoints.json');
const crm = { name: 'crm', url: 'https://hooks.example.com/', secret: createWebhookSecret() };

test.each([
  [
    'a host that is not listed',
    [{ ...crm, url: 'https://elsewhere.example/' }],
    /"crm" leads to elsewhere\.example.*CALLBACK_HOSTS/,
  ],
  [
    'a password in the URL',
    [{ ...crm, url: 'https://a:b@hooks.example.com/' }],
    /"crm" must not hold a user name/,
  ],
  ['a secret that is none', [{ ...crm, secret: 'hunter2' }], /0\.secret: must be "whsec_"/],
  [
    'a kind that is none',
    [{ ...crm, kinds: ['approval.seen'] }],
    /0\.kinds\.0: must be one of approval\.requested/,
  ],
  ['a tenant that can be none', [{ ...crm, tenants: ['Acme.'] }], /0\.tenants\.0: must be 1 to 63/],
  ['one name twice', [crm, crm], /1\.name: is the name of 0, too/],
  ['a field that is none', [{ ...crm, headers: {} }], /headers/],
  ['an object in place of the list', { endpoints: [crm] }, /is not valid/],
])('a file of event endpoints is refused that has %s', async (_what, content, message) => {
  await writeFile(file, JSON.stringify(content));
  const env = { COUNTERSIGN_EVENT_ENDPOINTS: file, COUNTERSIGN_CALLBACK_HOSTS: 'hooks.example.com' };
  const { code, stdout, stderr } = await runHere(['events', 'list'], { env });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(file);
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain('hunter2');
});

test.each([
  [['send-test'], 'Name an endpoint, or give --all'],
  [['resend', 'evt_1', '--all'], 'Name an id, or give --all'],
])('%j does not guess what is meant', async (args, message) => {
  await writeFile(file, JSON.stringify([crm]));
  const env = { COUNTERSIGN_EVENT_ENDPOINTS: file, COUNTERSIGN_CALLBACK_HOSTS: 'hooks.example.com' };
  const { code, stderr } = await runHere(['events', ...args], { env });
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

test('without the file the commands say which variable names it', async () => {
  expect(await runHere(['events', 'list'])).toMatchObject({
    ...{ code: 2, stderr: expect.stringContaining('COUNTERSIGN_EVENT_ENDPOINTS is not set') as string },
  });
});
