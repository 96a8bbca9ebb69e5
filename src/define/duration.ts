import { DefinitionError } from '../contracts/definition-error.ts';

/** A length of time: milliseconds, or a number with its unit such as `'90s'`, `'10m'`, `'4h'`, `'3d'`. */
export type Duration = number | `${number}${'s' | 'm' | 'h' | 'd'}`;

/** @throws DefinitionError naming `what`, for a text that is no duration, and for none of more than 0 ms. */
export function toMs(duration: Duration, what: string): number {
  const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  const match = /^(\d+(?:\.\d+)?)([smhd])$/.exec(String(duration));
  const ms = match ? Number(match[1]) * units[match[2] as keyof typeof units] : Number(duration);
  if (!Number.isFinite(ms) || ms <= 0) {
    throw new DefinitionError(
      `${what} is ${duration}: use milliseconds or a text such as "90s", "10m", "4h" or "3d".`,
    );
  }
  return Math.round(ms);
}
