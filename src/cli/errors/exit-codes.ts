/**
 * How a command of `countersign` ends, for scripts. The table is public: names stand in problem documents, numbers and meanings in
 * the help and in docs/reference/scripting.md.
 */
export const EXIT_CODES = {
  done: { code: 0, means: 'It was done.' },
  unexpected: {
    code: 1,
    means:
      'Something went wrong that should not: try --trace. Or verify found that something does not hold, or stuck that something waits.',
  },
  usage: { code: 2, means: 'An argument, an option, a setting or a file does not fit. Nothing was done.' },
  'not-found': { code: 3, means: 'There is no such turn or approval.' },
  'not-applied': { code: 4, means: 'The decision was refused, came too late, or lost to an earlier one.' },
  failed: { code: 5, means: 'The turn ended without a reply, or the approved action failed.' },
  unavailable: { code: 6, means: 'Temporal, the provider or a port cannot be used.' },
  interrupted: { code: 130, means: 'It was interrupted by Ctrl+C or a signal.' },
} as const satisfies Record<string, { code: number; means: string }>;

/** The name of a way to end. */
export type ExitName = keyof typeof EXIT_CODES;

/** The table as lines, for the help of the program. */
export function exitCodeLines(): string[] {
  return Object.values(EXIT_CODES).map(({ code, means }) => `  ${String(code).padEnd(4)} ${means}`);
}
