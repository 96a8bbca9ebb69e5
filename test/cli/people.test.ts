import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { openStore } from '../../src/store/store.ts';
import { runHere } from '../support/cli-here.ts';
import { testFolder } from '../support/folder.ts';

const folder = testFolder();
const url = `sqlite:${join(folder, 'store.sqlite')}`;

const people = (...args: string[]) =>
  runHere(['people', ...args, '--tenant', 'acme'], { env: { COUNTERSIGN_DATABASE_URL: url } });
const told = async (...args: string[]) => JSON.parse((await people(...args, '--json')).stdout) as unknown;
async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

test('people are imported of a CSV with a byte order mark, quoted commas, quotes and line breaks', async () => {
  const csv = await file(
    'people.csv',
    '\uFEFFid,name,mail,groups,slack,identities\r\n' +
      'grace,"Hopper, Grace ""Amazing""\r\nMurray",Grace@acme.example,finance; on-call,U0GRACE,https://login.example.com 8f3a\r\n' +
      'bob,,,,,\r\n\r\n',
  );
  expect(await people('import', csv)).toMatchObject({ code: 0, stderr: '' });
  expect(await told('show', 'U0GRACE')).toEqual({
    ...{
      id: 'grace',
      name: 'Hopper, Grace "Amazing"\r\nMurray',
      mail: 'grace@acme.example',
      slackId: 'U0GRACE',
    },
    ...{ groups: ['finance', 'on-call'], revokedAt: null },
    ...{ zone: null, quiet: null, away: null, channels: null },
    identities: [{ issuer: 'https://login.example.com', subject: '8f3a' }],
  });
  expect(await told('list', '--group', 'finance')).toMatchObject({ people: [{ id: 'grace' }] });
  expect((await people('list')).stdout).toMatch(/bob/);
});

test('people are imported of JSON, each in place of the one with the same id', async () => {
  const json = await file(
    'people.json',
    JSON.stringify({ people: [{ id: 'bob', name: 'Bob', groups: ['risk'] }] }),
  );
  expect(await told('import', json)).toEqual({ imported: 1, people: ['bob'] });
  expect(await told('show', 'bob')).toMatchObject({ name: 'Bob', groups: ['risk'] });
});

test.each([
  [
    'a quote that is not closed',
    'a.csv',
    'id,name\nada,"Ada\n',
    /Line 2 has a double quote that is not closed/,
  ],
  [
    'too many fields',
    'b.csv',
    'id,name\nada,Ada,finance\n',
    /Line 2 has 3 fields, and the first line names 2/,
  ],
  [
    'an unknown column',
    'c.csv',
    'id,email\nada,a@b.example\n',
    /column "email" must be one of id, name, mail/,
  ],
  ['a column twice', 'd.csv', 'id,id\nada,ada\n', /names the column "id" twice/],
  ['no id', 'e.csv', 'id,name\nada,Ada\n"",Nobody\n', /line 3: id .*Nobody was imported/],
  [
    'a mail address that is none',
    'f.json',
    '[{"id": "ada", "mail": "ada"}]',
    /people\.0 mail must be a mail address/,
  ],
  ['a misspelt field', 'g.json', '[{"id": "ada", "group": []}]', /people\.0 .*"group"/],
  ['one person twice', 'h.json', '[{"id": "ada"}, {"id": "ada"}]', /people\.1 has the id "ada"/],
  ['no JSON', 'i.json', '{', /is not JSON/],
  ['another kind of file', 'j.txt', '', /must end in \.json or \.csv/],
])(
  'nobody is imported of a file with %s, and what is wrong is said',
  async (_what, name, content, message) => {
    const { code, stderr } = await people('import', await file(name, content));
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect((await people('show', 'ada')).code).not.toBe(0);
  },
);

test('a person is revoked by any name the directory knows, loses their sessions and devices, and is restored', async () => {
  const store = await openStore({ url });
  const signIn = async () => {
    await store.sessions.create({ tenant: 'acme', personId: 'grace', details: {} });
    const endpoint = 'https://web.push.apple.com/telephone';
    const keys = { p256dh: 'key', auth: 'secret' };
    await store.devices.put('acme', { personId: 'grace', name: 'telephone', endpoint, keys });
  };
  await signIn();
  expect(await told('sessions')).toMatchObject({ sessions: [{ personId: 'grace' }] });
  expect(await told('revoke', 'grace@acme.example', '--reason', 'left')).toEqual({
    person: 'grace',
    revoked: true,
  });
  expect(await told('sessions', '--person', 'grace')).toEqual({ sessions: [] });
  expect(await store.devices.list('acme', 'grace')).toEqual([]);
  expect(await store.revocations.list('acme')).toMatchObject([{ personId: 'grace', reason: 'left' }]);
  expect((await people('list')).stdout).toMatch(/grace.*revoked/);
  expect(await told('restore', 'grace')).toEqual({ person: 'grace', restored: true });
  expect(await told('restore', 'grace')).toEqual({ person: 'grace', restored: false });
  await signIn();
  await signIn();
  expect(await told('sessions', '--person', 'grace', '--end')).toEqual({ person: 'grace', ended: 2 });
  expect(await store.devices.list('acme', 'grace')).toEqual([]);
  expect((await people('sessions', '--end')).stderr).toMatch(/--end needs --person/);
  await store.close();
});

test('passkeys are listed of everybody or of one person, and taken away', async () => {
  const store = await openStore({ url });
  const passkey = { name: 'a key', publicKey: new Uint8Array([1, 2]), counter: 0, transports: ['usb'] };
  await store.passkeys.add('acme', { ...passkey, personId: 'bob', credentialId: 'abcdefghijklmnop' });
  await store.passkeys.add('acme', { ...passkey, personId: 'grace', credentialId: 'abcdefghijklxxxx' });
  expect(await told('passkeys', 'list')).toMatchObject({
    passkeys: [{ person: 'bob' }, { person: 'grace' }],
  });
  expect(await told('passkeys', 'list', '--person', 'U0GRACE')).toMatchObject({
    passkeys: [{ id: 'abcdefghijklxxxx', name: 'a key', usedAt: null }],
  });
  expect((await people('passkeys', 'list')).stdout).toContain('abcdefghijkl  bob  a key');
  expect(await people('passkeys', 'remove', 'abcdefghijkl')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Several passkeys begin with') as string,
  });
  expect((await people('passkeys', 'remove', 'abc')).stderr).toContain(
    'No passkey of "acme" has the id "abc"',
  );
  expect(await told('passkeys', 'remove', 'abcdefghijklm')).toMatchObject({ person: 'bob', removed: true });
  expect(await store.passkeys.list('acme')).toMatchObject([{ personId: 'grace' }]);
  await store.close();
});

test('how a person is told is set, imported, and kept by an import that says nothing of it', async () => {
  const csv = await file(
    'told.csv',
    'id,zone,quiet,away,channels\nada,Europe/Berlin,"20:00-07:00 1,2,3,4,5",2030-01-01 bob,slack;mail\ncleo,,,,\n',
  );
  expect(await people('import', csv)).toMatchObject({ code: 0, stderr: '' });
  expect(await told('show', 'ada')).toMatchObject({
    ...{ zone: 'Europe/Berlin', quiet: { from: '20:00', to: '07:00', days: [1, 2, 3, 4, 5] } },
    ...{ away: { until: '2030-01-01T00:00:00.000Z', standIn: 'bob' }, channels: ['slack', 'mail'] },
  });
  await told('set', 'ada', '--zone', 'America/New_York', '--quiet', 'none');
  await told('away', 'ada', '--until', '2030-02-01', '--stand-in', 'cleo');
  await told('import', await file('again.json', JSON.stringify([{ id: 'ada', name: 'Ada' }])));
  expect(await told('show', 'ada')).toMatchObject({
    ...{ name: 'Ada', zone: 'America/New_York', quiet: null, channels: ['slack', 'mail'] },
    away: { until: '2030-02-01T00:00:00.000Z', standIn: 'cleo' },
  });
  expect(await told('away', 'ada', '--back')).toMatchObject({ away: null });
});

test.each([
  [
    'a zone that does not exist',
    ['set', 'ada', '--zone', 'Europe/Atlantis'],
    /--zone must be an IANA time zone/,
  ],
  ['a zone without daylight saving', ['set', 'ada', '--zone', '+02:00'], /--zone must be an IANA time zone/],
  ['hours that are none', ['set', 'ada', '--quiet', '25:00-07:00'], /--quiet must be a time such as 20:00/],
  [
    'a channel nobody knows',
    ['set', 'ada', '--channels', 'fax'],
    /--channels must be of mail, slack, push, teams/,
  ],
  ['nothing to set', ['set', 'ada'], /Give --zone, --quiet or --channels/],
  [
    'a stand-in nobody knows',
    ['away', 'ada', '--until', '2030-01-01', '--stand-in', 'zoe'],
    /Nobody in the directory/,
  ],
  ['a time that is none', ['away', 'ada', '--until', 'soon'], /--until must be a time such as 2026-12-31/],
  [
    'themselves as stand-in',
    ['away', 'ada', '--until', '2030-01-01', '--stand-in', 'ada'],
    /goes round in a circle: ada → ada/,
  ],
])('a person is not set to %s', async (_, args, words) => {
  const { code, stderr } = await people(...args);
  expect([code !== 0, stderr]).toEqual([true, expect.stringMatching(words)]);
});

test('stand-ins that go round in a circle are refused when they are set', async () => {
  await told('away', 'bob', '--until', '2030-01-01', '--stand-in', 'cleo');
  await told('away', 'cleo', '--until', '2030-01-01', '--stand-in', 'ada');
  expect((await people('away', 'ada', '--until', '2030-01-01', '--stand-in', 'bob')).stderr).toContain(
    'goes round in a circle: ada → bob → cleo → ada',
  );
});
