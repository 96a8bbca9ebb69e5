import { SettingsFileError } from './json-file.ts';

export interface FollowOptions {
  /** Called when there is something else in the file than before, with how many entries. */
  onChange: (count: number) => void;
  /** Called with why the file was not taken, a sentence without secrets. */
  onProblem: (message: string) => void;
  everyMs?: number;
}

/** What was taken out works for this long after the file has changed, and not longer. */
const REREAD_MS = 5_000;

/**
 * The entries of a settings file as it is now: it is read again every few seconds. A file that is missing or malformed changes nothing;
 * it is told once for each reason.
 *
 * @throws SettingsFileError when the file cannot be read at first
 */
export function followSettings<Entry>(
  read: () => readonly Entry[],
  options: FollowOptions,
): { now: () => readonly Entry[]; stop: () => void } {
  let entries = read();
  let problem: string | null = null;
  const reread = (): void => {
    try {
      const found = read();
      problem = null;
      if (JSON.stringify(found) === JSON.stringify(entries)) return;
      entries = found;
      options.onChange(entries.length);
    } catch (error) {
      if (!(error instanceof SettingsFileError)) throw error;
      if (error.message === problem) return;
      problem = error.message;
      options.onProblem(problem);
    }
  };
  const timer = setInterval(reread, options.everyMs ?? REREAD_MS).unref();
  return { now: () => entries, stop: () => clearInterval(timer) };
}
