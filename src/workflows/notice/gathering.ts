import type { Agenda } from './agenda.ts';

/** What comes within so long is taken together. A decision that one person makes alone is settled by then. */
const GATHER_MS = 2_000;

/**
 * Does something about votes and edits: once for all of a burst, and one time after the other.
 *
 *   idle ──heard──▶ due ──2 s──▶ under way ──▶ idle
 *                                    └──heard──▶ under way, and due again ──▶ due
 */
export interface Gathering {
  /** Somebody has voted or changed the arguments, says this entry. */
  heard(entryId: string): void;
  /** What was heard may be worth another look. */
  look(): void;
}

/**
 * @param work - is given the last entry that was heard.
 * @param isWanted - false while nothing is to be done.
 */
export function createGathering(
  agenda: Pick<Agenda, 'add'>,
  work: (heard: string) => Promise<void>,
  isWanted: () => boolean = () => true,
): Gathering {
  let last: string | undefined;
  let isDue = false;
  let isUnderWay = false;
  let isDueAgain = false;

  function look(): void {
    if (last === undefined || isDue || !isWanted()) return;
    if (isUnderWay) {
      isDueAgain = true;
      return;
    }
    isDue = true;
    agenda.add(Date.now() + GATHER_MS, run);
  }

  async function run(): Promise<void> {
    isDue = false;
    isUnderWay = true;
    try {
      await work(last ?? '');
    } finally {
      isUnderWay = false;
      if (isDueAgain) {
        isDueAgain = false;
        look();
      }
    }
  }

  return {
    heard(entryId) {
      last = entryId;
      look();
    },
    look,
  };
}
