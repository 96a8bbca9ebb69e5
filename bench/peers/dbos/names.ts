/** The event that says a turn waits. */
export const HELD = 'held';
/** The topic of decisions. */
export const DECISION = 'decision';
