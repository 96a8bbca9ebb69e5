import { sleep } from '@temporalio/activity';

import { createLearnedPause, type LearnedPause } from '../contracts/learned-pause.ts';
import type { RunReference, RunSnapshot } from '../contracts/run.ts';
import type { Provider } from '../providers/provider.ts';

/** The first pause is learned from the runs before. The second is half of it, or this; then they grow. */
const FIRST_PAUSE_MS = { firstMs: 50, leastMs: 25, mostMs: 200 };
const SECOND_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 2_000;
const GROWTH = 1.5;

/** Of one worker, from request to request. */
export const learnFirstPause = (): LearnedPause => createLearnedPause(FIRST_PAUSE_MS);

/** How long one attempt follows a run before it gives its slot back. */
const SLOT_MS = 60_000;
/** The same for the attempt that creates it: nobody is told which run it is before that. */
export const FIRST_SLOT_MS = 10_000;
/** The longest pause where the provider's hints end it: polling is the safety net only. */
export const HINTED_PAUSE_MS = 15_000;
/** How long a status this version does not know may last before the turn fails and names it. */
const UNKNOWN_FOR_MS = 30_000;

/**
 * Polls until the run stops `working`. It first pauses about as long as runs have taken before, 200 ms at most; then longer each time, up to
 * `longestPauseMs` (2 s) or what the server asks for. A random part keeps many turns from polling in step.
 *
 * @returns the last look; still `working` when the slot's time is up.
 */
export async function followRun(
  provider: Provider,
  run: RunReference,
  {
    first,
    slotMs = SLOT_MS,
    longestPauseMs = LONGEST_PAUSE_MS,
    firstPause = learnFirstPause(),
  }: { first?: RunSnapshot; slotMs?: number; longestPauseMs?: number; firstPause?: LearnedPause } = {},
): Promise<RunSnapshot> {
  const beganAt = performance.now();
  let unknownSince: number | null = null;
  let seen = first ?? (await provider.retrieveRun(run));
  for (let looks = 1, pauseMs = firstPause.ms(); ; looks += 1) {
    if (looks === 2) pauseMs = Math.max(pauseMs / 2, SECOND_PAUSE_MS);
    if (looks > 2) pauseMs = Math.min(pauseMs * GROWTH, longestPauseMs);
    const now = performance.now();
    unknownSince = seen.state === 'unknown' ? (unknownSince ?? now) : null;
    if (seen.state !== 'working' && seen.state !== 'unknown') return seen;
    if (unknownSince !== null && now - unknownSince >= UNKNOWN_FOR_MS) return seen;
    // Only a status that has been unknown for long enough may leave as `unknown`.
    if (now - beganAt >= slotMs) return { ...seen, state: 'working' };
    await sleep(Math.max(seen.pollAfterMs ?? 0, pauseMs * (0.8 + 0.4 * Math.random())));
    seen = await provider.retrieveRun(run);
    if (looks === 1 && first !== undefined) firstPause.learn(seen.state !== 'working');
  }
}
