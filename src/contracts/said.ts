/** What was said before a question was asked, for whoever decides it. */
export interface Said {
  /** What the turn was started with. */
  message: SaidLine;
  /** What was said before that, oldest first. */
  before: SaidLine[];
}

/** Words of one. `user`: as the service sent them, for whom it says. `assistant`: the model's. `countersign`: ours, in the user's place. */
export interface SaidLine {
  by: 'user' | 'assistant' | 'countersign';
  /** The user of the trusted context. */
  user?: string;
  text: string;
  /** Characters that are not shown. */
  left?: number;
  /** ISO 8601: when the turn began. */
  at: string;
}

/** Lines before the message, and what is kept of each. */
export const SAID_BEFORE = 10;
export const SAID_CHARACTERS = { message: 4_000, before: 1_000 } as const;
