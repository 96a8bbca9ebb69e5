import { setTimeout as sleep } from 'node:timers/promises';

import type { Behaviour } from '../../test/support/mailbox.ts';
import { createRandom } from '../random.ts';
import { LADDER_WORKERS, type LadderStage } from './stage.ts';

/** Half of the time a channel works. */
const MAIL: Behaviour[] = [
  ...Array.from({ length: 5 }, (): Behaviour => ({ is: 'takes' })),
  { is: 'refuses', code: 451, at: 'DATA' },
  { is: 'refuses', code: 450, at: 'RCPT' },
  { is: 'refuses', code: 550, at: 'RCPT' },
  { is: 'hangs' },
  { is: 'closes' },
];
type Mood = NonNullable<ReturnType<LadderStage['slack']['trouble']['get']>>;
const SLACK: (Mood | null)[] = [
  ...Array.from({ length: 5 }, () => null),
  { retryAfter: 1 },
  { status: 500 },
  { error: 'internal_error' },
  { loses: 'the answer' },
  { loses: 'the answer' },
];
const METHODS = ['chat.postMessage', 'chat.update', 'conversations.open', 'conversations.history'];

export interface Troubles {
  kills: number;
  /** How often a channel changed its mood. */
  moods: number;
}

/** Kills workers, and lets channels refuse, hang, break off and lose answers, until the signal; then everything is calm. */
export async function makeTrouble(stage: LadderStage, seed: number, over: AbortSignal): Promise<Troubles> {
  const random = createRandom(seed + 7);
  const done: Troubles = { kills: 0, moods: 0 };
  const each = async (fromMs: number, toMs: number, work: () => void): Promise<void> => {
    const isOver = (): boolean => over.aborted;
    while (!isOver()) {
      await sleep(random.whole(fromMs, toMs), null, { signal: over }).catch(() => undefined); // over
      if (!isOver()) work();
    }
  };
  await Promise.all([
    each(4_000, 9_000, () => {
      if (stage.kill(random.pick(LADDER_WORKERS))) done.kills += 1;
    }),
    each(700, 2_500, () => {
      stage.mailbox.behaviour = random.pick(MAIL);
      done.moods += 1;
    }),
    each(700, 2_500, () => {
      stage.slack.trouble.clear();
      const mood = random.pick(SLACK);
      if (mood !== null) stage.slack.trouble.set(random.pick(METHODS), mood);
      done.moods += 1;
    }),
  ]);
  stage.mailbox.behaviour = { is: 'takes' };
  stage.slack.trouble.clear();
  return done;
}
