import type { Agenda } from './agenda.ts';

/** What comes within so long is shown at once. A decision that one person makes alone is settled by then. */
const GATHER_MS = 2_000;

/** Shows votes and edits on messages that can be changed: all of a burst together, one time after the other, and nothing where none can be. */
export interface Following {
  /** Somebody has voted or changed the arguments. */
  heard(entryId: string): void;
  /** A message is planned that can be changed. */
  isEditable(): void;
  /** Messages were sent: they may show less than was heard while they were. */
  sent(): void;
}

/** @param follow - shows what has happened up to the last one that was heard. */
export function createFollowing(agenda: Agenda, follow: (heard: string) => Promise<void>): Following {
  let last: string | undefined;
  let isEditable = false;
  let state: 'idle' | 'due' | 'under way' | 'under way, and due again' = 'idle';

  function soon(): void {
    if (last === undefined || !isEditable) return;
    if (state === 'under way') state = 'under way, and due again';
    if (state !== 'idle') return;
    state = 'due';
    agenda.add(Date.now() + GATHER_MS, run);
  }

  async function run(): Promise<void> {
    state = 'under way';
    try {
      await follow(last ?? '');
    } finally {
      const isAgain = (state as string) === 'under way, and due again';
      state = 'idle';
      if (isAgain) soon();
    }
  }

  return {
    heard(entryId) {
      last = entryId;
      soon();
    },
    isEditable() {
      isEditable = true;
      soon();
    },
    sent: soon,
  };
}
