import { dim, yellow } from '../output.ts';

/** Of every request, and of every step of Temporal's SDK: too much for a person. */
const CHATTER = /^http\.answered$/;
const LEVELS_HIDDEN = new Set(['TRACE', 'DEBUG', 'INFO']);
const LONGEST_VALUE = 60;

/**
 * A line of a process's log, for a person.
 *
 * @returns null for one that tells nothing new
 */
export function logLine(name: string, line: string, { isVerbose }: { isVerbose: boolean }): string | null {
  const label = name.padEnd(9);
  const entry = parse(line);
  if (entry === null) return dim(`${label} ${line}`);
  const { at, event, level, ...fields } = entry;
  const isQuiet = CHATTER.test(String(event)) || LEVELS_HIDDEN.has(String(level));
  if (isQuiet && !isVerbose) return null;
  const text = Object.entries(fields)
    .map(([key, value]) => `${key}=${shorten(typeof value === 'string' ? value : JSON.stringify(value))}`)
    .join(' ');
  const time = typeof at === 'string' ? new Date(at).toLocaleTimeString() : '';
  const said = `${time} ${label} ${String(event)} ${text}`.trimEnd();
  return level === 'WARN' || level === 'ERROR' ? yellow(said) : dim(said);
}

function parse(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null;
  try {
    const value = JSON.parse(line) as Record<string, unknown>;
    return typeof value.event === 'string' ? value : null;
  } catch {
    return null;
  }
}

function shorten(text: string): string {
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE - 1)}…`;
}
