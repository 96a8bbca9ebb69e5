import { z } from 'zod';

import { CHANNEL_NAMES } from '../../contracts/notice.ts';

/** How a person is told, as files and options say it. */

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 20:00');

export const ZoneSchema = z
  .string()
  .refine(isZone, 'must be an IANA time zone, such as Europe/Berlin or America/New_York');

export const QuietSchema = z.strictObject({
  from: time,
  to: time,
  days: z
    .array(z.int().min(1).max(7), 'must be days from 1 for Monday to 7')
    .min(1, 'must name at least one day they work')
    .exactOptional(),
});

export const AwaySchema = z.strictObject({
  until: z
    .string()
    .refine(
      (text) => !Number.isNaN(Date.parse(text)),
      'must be a time such as 2026-12-31 or 2026-12-31T12:00Z',
    )
    .transform((text) => new Date(text).toISOString()),
  standIn: z.string().min(1).max(200).nullable().default(null),
});

export const ChannelsSchema = z
  .array(z.enum(CHANNEL_NAMES, `must be of ${CHANNEL_NAMES.join(', ')}`))
  .min(1, 'must name at least one channel');

/** `20:00-07:00`, or `20:00-07:00 1,2,3,4,5` with the days they work. */
export function quietOf(words: string): unknown {
  const [hours = '', days] = words.trim().split(/\s+/);
  const [from, to] = hours.split('-');
  return { from, to, ...(days !== undefined && { days: days.split(',').map(Number) }) };
}

/** `2026-12-31`, or `2026-12-31 grace` with the stand-in. */
export function awayOf(words: string): unknown {
  const [until, ...standIn] = words.trim().split(/\s+/);
  return { until, standIn: standIn.length === 0 ? null : standIn.join(' ') };
}

function isZone(text: string): boolean {
  try {
    // An offset such as +02:00 knows no daylight saving.
    return /^[A-Za-z]/.test(text) && new Intl.DateTimeFormat('en', { timeZone: text }).format() !== '';
  } catch {
    return false;
  }
}
