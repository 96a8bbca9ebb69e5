import { expect, test } from 'vitest';

import { earliest } from '../../../src/notices/when.ts';

const BERLIN = 'Europe/Berlin';
const NEW_YORK = 'America/New_York';
const night = { from: '20:00', to: '07:00' };
const week = { ...night, days: [1, 2, 3, 4, 5] };

test.each([
  ['at noon', BERLIN, night, '2026-06-10T10:00Z', '2026-06-10T10:00Z'],
  ['in the evening', BERLIN, night, '2026-06-10T19:00Z', '2026-06-11T05:00Z'],
  ['the minute it begins', BERLIN, night, '2026-06-10T18:00Z', '2026-06-11T05:00Z'],
  ['the minute it ends', BERLIN, night, '2026-06-10T05:00Z', '2026-06-10T05:00Z'],
  ['after midnight', BERLIN, night, '2026-06-10T23:30Z', '2026-06-11T05:00Z'],
  ['without a zone: UTC', null, night, '2026-06-10T21:00Z', '2026-06-11T07:00Z'],
  ['in the night that Berlin loses an hour', BERLIN, night, '2026-03-28T22:00Z', '2026-03-29T05:00Z'],
  ['in the night that Berlin gains one', BERLIN, night, '2026-10-24T20:00Z', '2026-10-25T06:00Z'],
  ['in the night that New York loses an hour', NEW_YORK, night, '2026-03-08T03:00Z', '2026-03-08T11:00Z'],
  ['in the night that New York gains one', NEW_YORK, night, '2026-11-01T02:00Z', '2026-11-01T12:00Z'],
  [
    'until a time that is skipped',
    BERLIN,
    { from: '22:00', to: '02:30' },
    '2026-03-28T23:00Z',
    '2026-03-29T01:30Z',
  ],
  [
    'until a time that comes twice',
    BERLIN,
    { from: '22:00', to: '02:30' },
    '2026-10-24T22:00Z',
    '2026-10-25T00:30Z',
  ],
  ['over lunch', BERLIN, { from: '12:00', to: '13:00' }, '2026-06-10T10:30Z', '2026-06-10T11:00Z'],
  ['on Friday night', BERLIN, week, '2026-06-12T19:00Z', '2026-06-15T05:00Z'],
  ['on Sunday at noon', BERLIN, week, '2026-06-14T10:00Z', '2026-06-15T05:00Z'],
  ['on the Sunday of the change', NEW_YORK, week, '2026-03-08T15:00Z', '2026-03-09T11:00Z'],
  ['never', BERLIN, { from: '00:00', to: '00:00' }, '2026-06-10T10:00Z', '2026-06-10T10:00Z'],
  ['with no day to work', BERLIN, { ...night, days: [] }, '2026-06-10T10:00Z', '2026-06-10T10:00Z'],
])('quiet %s', (_, zone, quiet, now, expected) => {
  const at = earliest(Date.parse(now), zone, quiet);
  expect(new Date(at).toISOString()).toBe(new Date(expected).toISOString());
});
