import type { ChannelName, NoticeKind } from '../contracts/notice.ts';
import type { Person } from '../store/people/person.ts';
import type { Card } from './card.ts';

/** Why a message is sent. `digest`: several questions that had to wait. */
export type MessageKind = NoticeKind | 'digest';

/** What one person is told by one channel, at once. */
export interface Message {
  /** The same for each attempt to send it, and for no other message. */
  id: string;
  tenant: string;
  kind: MessageKind;
  /** The questions that it shows, each whole; at least one. */
  cards: readonly Card[];
  to: { person: Person; address: string };
  /** Ids of messages that this person has had about the same questions by this channel, oldest first. */
  after: readonly string[];
}

/** What a channel needs to find a message again: JSON. */
export type Reference = Record<string, unknown>;

/** The address led to several places, and some of them have taken the message. Each of the others gets a delivery of its own. */
export class PartlySent {
  readonly reference: Reference;
  readonly left: readonly { address: string; error: ChannelError }[];

  constructor(reference: Reference, left: PartlySent['left']) {
    this.reference = reference;
    this.left = left;
  }
}

/** A way to reach people. It is used by several activities at once. */
export interface NoticeChannel {
  name: ChannelName;
  /** Where this person is reached; null for nowhere. */
  addressOf(person: Person): string | null;
  /**
   * Names of the places where the people of these groups read together (places.ts), whatever they prefer for themselves.
   *
   * @param about.groups - those that are asked or told; null for anybody.
   */
  placesFor?(about: { tenant: string; groups: readonly string[] | null }): string[];
  /**
   * Sends a message. A second attempt has the same `id`.
   *
   * @throws ChannelError
   */
  send(message: Message, signal: AbortSignal): Promise<Reference | PartlySent>;
  /**
   * Looks whether an attempt that died has sent a message. Absent: nobody can tell.
   *
   * @returns null when it has not; `unknown` when nobody can tell.
   * @throws ChannelError
   */
  find?(message: { id: string; address: string }, signal: AbortSignal): Promise<Reference | null | 'unknown'>;
  /** So long after a send was given up it may still arrive, and be found. Absent: where nobody looks. */
  landsWithinMs?: number;
  /** What was sent stays as it is, so an end is one more message: once to a person, however many they have had of a question. */
  endsOnce?: true;
  /** What was sent can be changed, so it shows votes and edits, too, by `update`. */
  isEditable?: true;
  /**
   * Brings a message up to date: some of its questions are settled, or of one that is editable somebody has voted.
   *
   * @param reference - null when nobody knows whether it was sent.
   * @throws ChannelError
   */
  update(message: Message, reference: Reference | null, signal: AbortSignal): Promise<void>;
  /**
   * Tells how questions ended that went by another channel, which takes nothing any more. Absent: `update` does.
   *
   * @throws ChannelError
   */
  tellEnd?(message: Message, signal: AbortSignal): Promise<void>;
  /**
   * Whether it can be used, asked once at start.
   *
   * @throws ChannelError saying what is wrong and what to do.
   */
  check?(signal: AbortSignal): Promise<void>;
  /** Lets go of its connections. */
  close?(): Promise<void>;
}

/** A message was not sent. `message` is for operators: it holds no secret and no text of the message. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError';
  /** Trying again helps nobody. */
  readonly isFinal: boolean;
  /** When to try again; absent: when the notices think fit. */
  readonly retryAfterMs: number | undefined;
  /** Nobody knows whether it has arrived all the same. */
  readonly mayHaveArrived: boolean;
  /** The channel does not let us do this at all, until somebody sets it up. */
  readonly isUnallowed: boolean;

  constructor(
    message: string,
    more: { isFinal?: boolean; retryAfterMs?: number; mayHaveArrived?: boolean; isUnallowed?: boolean } = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.isFinal = more.isFinal ?? false;
    this.retryAfterMs = more.retryAfterMs;
    this.mayHaveArrived = more.mayHaveArrived ?? false;
    this.isUnallowed = more.isUnallowed ?? false;
  }
}
