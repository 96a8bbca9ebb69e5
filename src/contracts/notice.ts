/** Notices: messages that tell people of an approval (src/notices/), and who is told next when nobody answers. */

export const CHANNEL_NAMES = ['mail', 'slack', 'push', 'teams'] as const;
/** A way to reach people. */
export type ChannelName = (typeof CHANNEL_NAMES)[number];

/** What a policy says of telling people. */
export interface Notify {
  /** Channels that people may be told by. Absent: what the worker is configured for. None: nobody is told. */
  channels?: ChannelName[];
  /** Who is told next when nobody answers, earliest first. */
  ladder?: Rung[];
}

/** One step of a ladder. */
export interface Rung {
  /** Since the question was asked. */
  afterMs: number;
  /** Those who may decide are told once more. */
  remind?: true;
  /** These groups are told, too. */
  tell?: string[];
  /** These groups are told, and may decide from then on (`Rule.alsoAfter`). */
  mayDecide?: string[];
}

/** When a person is not to be told anything, by their own clock. */
export interface Quiet {
  /** `20:00`. */
  from: string;
  /** `07:00`, on the same day or the next. */
  to: string;
  /** Days they work, 1 for Monday to 7; all if absent. The others are quiet from midnight to midnight. */
  days?: number[];
}

/** A person is away, and somebody else is told in their place. */
export interface Away {
  /** ISO 8601. */
  until: string;
  /** Of the directory; null for nobody. */
  standIn: string | null;
}

/** Why somebody is told: they are asked, reminded, asked because nobody has answered, or asked again because an edit has dropped their vote. */
export type NoticeKind = 'ask' | 'remind' | 'escalate' | 'again';

/** What the outbox tells the notice of an approval. The same `id` again is no news. */
export interface News {
  /** Of the entry that tells of it. */
  id: string;
  is: 'voted' | 'edited' | 'settled' | 'expired' | 'cancelled';
}

/** Input of the workflow `notice`. */
export interface NoticeInput {
  tenant: string;
  approvalId: string;
  /** ISO 8601. */
  requestedAt: string;
  deadline: string | null;
  notify: Notify;
}

/** What a rung asks of the activities: whom to tell of what, at this time. */
export interface RungInput extends Pick<NoticeInput, 'tenant' | 'approvalId' | 'notify'> {
  /** Its place on the ladder; 0 is the question itself. */
  rung: number;
  kind: NoticeKind;
  /** Groups; absent: those who may decide. */
  groups?: string[];
  /** For `again`: the id of the entry that tells of the edit. */
  heard?: string;
  /** ISO 8601, the workflow's clock. */
  at: string;
}

/**
 * Whom a rung tells. `over`: the question is settled. `planned`: the table of notices holds what is to be sent, and these are the times
 * at which something is due, in ms since 1970; `isEditable` says that some of it may be changed once it is sent. `nobody`: there is nobody to tell.
 */
export type RungPlan =
  | { state: 'over' }
  | { state: 'planned'; dueMs: number[]; isEditable: boolean }
  | { state: 'nobody'; why: string };

/** How many have been told so far, how many could not be, and when something is due that had to wait. */
export interface NoticesSent {
  told: number;
  failed: number;
  heldUntilMs: number[];
}

/** How many messages tell the end. `isUnheard`: the question expired, and no message about it is known to have arrived. */
export interface NoticesUpdated {
  updated: number;
  isUnheard: boolean;
}

/** How a notice ended: the question's end was told to `updated` messages. */
export interface NoticeResult {
  told: number;
  updated: number;
}
