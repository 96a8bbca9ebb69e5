import { flatRow, toRow } from './growth-series.ts';
import type { Row } from './results.ts';

interface HistorySize {
  events: number;
  bytes: number;
}

/** One turn of a long conversation; of some turns also what there was of history after them. */
export interface TurnTaken {
  ms: number;
  /** The turn's own history. */
  own?: HistorySize;
  /** The conversation's, all its executions so far together. */
  conversation?: HistorySize;
}

/** How many turns make one figure of time: the first one that is not the very first, and the last. */
const WINDOW = 99;

/** The rows of a long conversation. The first turn is excluded: it opens the thread. */
export function conversationRows(taken: TurnTaken[]): Row[] {
  const last = taken.length;
  const timeRows = [
    toRow(`conversation, turns 2 to ${WINDOW + 1}: time of a turn`, 'ms', times(taken.slice(1, WINDOW + 1))),
    toRow(
      `conversation, turns ${last - WINDOW + 1} to ${last}: time of a turn`,
      'ms',
      times(taken.slice(-WINDOW)),
    ),
  ];
  const marks = taken.flatMap(({ own, conversation }, index) =>
    own && conversation ? [{ turn: index + 1, own, conversation }] : [],
  );
  return [
    ...timeRows,
    flatRow('conversation: time of a turn, last against first', timeRows),
    ...(['events', 'bytes'] as const).flatMap((what) => {
      const steps = marks.slice(1).map((mark, index) => {
        const before = marks[index] ?? mark;
        const share = (mark.conversation[what] - before.conversation[what]) / (mark.turn - before.turn);
        const name = `conversation, turns ${before.turn} to ${mark.turn}: ${what} of one more turn`;
        return { ...toRow(`${name} in the conversation's history`, what, [share]) };
      });
      const own = marks.map((mark) =>
        toRow(`turn ${mark.turn}: ${what} of its own history`, what, [mark.own[what]]),
      );
      const ends = (rows: Row[]) => rows.filter((_, index) => index === 0 || index === rows.length - 1);
      // The first turn opens the thread, so the flatness of a turn's own history begins with the next mark.
      return [
        ...ends(steps),
        flatRow(`conversation: ${what} of one more turn, last against first`, steps),
        ...ends(own.slice(1)),
        flatRow(`turn: ${what} of its own history, last against first`, own.slice(1)),
      ];
    }),
  ];
}

function times(taken: TurnTaken[]): number[] {
  // Turns after which history was read are followed by a pause, which is not part of their time.
  return taken.map(({ ms }) => ms);
}
