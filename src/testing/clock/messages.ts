/**
 * What the kit's clock and the workflows say to each other. Loaded inside the workflow sandbox, so it imports nothing.
 */

/** Header of a workflow's start: how far the gate's clock goes ahead of Temporal's, in ms. */
export const CLOCK_HEADER = 'countersign-testing-clock';
/** Signal: the same, from now on. A clock never goes back, so a smaller number changes nothing. */
export const MOVE_CLOCK = 'countersign.testing.moveClock';
/** Query: what the workflow waits for. */
export const READ_CLOCK = 'countersign.testing.readClock';

export interface ClockMove {
  aheadMs: number;
}

export interface ClockState {
  aheadMs: number;
  /** When its timers ring, on the gate's clock. */
  waits: number[];
}
