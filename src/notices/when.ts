import { Temporal } from 'temporal-polyfill';

import type { Quiet } from '../contracts/notice.ts';

/** So many ends of quiet times are looked at: a week has seven days, and one of them must be worked. */
const LOOKS = 20;

/**
 * When somebody may be told something that happens now: now, or when their quiet hours and their days off are over. By their own clock,
 * whatever daylight saving makes of it: a time that is skipped counts as the moment after the gap, one that comes twice as the first.
 *
 * @param zone - IANA; null for UTC.
 * @returns ms since 1970; `nowMs` for days that never come.
 */
export function earliest(nowMs: number, zone: string | null, quiet: Quiet | null): number {
  if (quiet === null) return nowMs;
  const now = Temporal.Instant.fromEpochMilliseconds(nowMs).toZonedDateTimeISO(zone ?? 'UTC');
  let at = now;
  for (let look = 0; look < LOOKS; look += 1) {
    const end = quietUntil(at, quiet);
    if (end === null) return at.epochMilliseconds;
    at = end;
  }
  return nowMs;
}

/** When the quiet time that it is now ends; null when it is none. */
function quietUntil(at: Temporal.ZonedDateTime, { from, to, days }: Quiet): Temporal.ZonedDateTime | null {
  if (days !== undefined && !days.includes(at.dayOfWeek)) return at.add({ days: 1 }).startOfDay();
  const [begin, end] = [Temporal.PlainTime.from(from), Temporal.PlainTime.from(to)];
  const order = Temporal.PlainTime.compare(begin, end);
  if (order === 0) return null;
  const today = { begin: on(at, begin), end: on(at, end) };
  if (order < 0) return isIn(at, today.begin, today.end) ? today.end : null;
  // Over midnight: the night that ends today, and the one that begins today.
  if (Temporal.ZonedDateTime.compare(at, today.end) < 0) return today.end;
  if (Temporal.ZonedDateTime.compare(at, today.begin) < 0) return null;
  return on(at.add({ days: 1 }), end);
}

function on(day: Temporal.ZonedDateTime, time: Temporal.PlainTime): Temporal.ZonedDateTime {
  return day.toPlainDate().toZonedDateTime({ timeZone: day.timeZoneId, plainTime: time });
}

function isIn(at: Temporal.ZonedDateTime, from: Temporal.ZonedDateTime, to: Temporal.ZonedDateTime): boolean {
  return Temporal.ZonedDateTime.compare(at, from) >= 0 && Temporal.ZonedDateTime.compare(at, to) < 0;
}
