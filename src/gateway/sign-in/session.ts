import type { Approver } from '../../contracts/approval/decision.ts';
import type { Authenticated } from '../../contracts/approval/rule.ts';
import type { NewSession } from '../../store/sign-in/sessions.ts';

export const SESSION_SECONDS = 12 * 60 * 60;

/** Who is signed in to the inbox. */
export interface InboxSession {
  sessionId: string;
  tenant: string;
  approver: Approver;
  /** What the person is called, where the directory knows it. */
  name?: string;
  authenticated: Authenticated;
}

/** A session, and the cookie that opened it. */
export interface OpenSession {
  cookie: string;
  session: InboxSession;
}

/** Somebody who has just shown who they are. */
export interface SignedIn extends Pick<InboxSession, 'tenant' | 'approver' | 'authenticated'> {
  /** Who vouched for them, and what its logouts name. */
  provider?: NewSession['provider'];
}

/**
 * Sessions of the inbox:
 *
 *   none → alive   `start`, with the cookie that it gives
 *   alive → over   after 12 hours; with a store also after 2 hours without use, by signing out, by the provider's logout, and when the
 *                  person's right is taken away
 *
 * With a store all gateways share them. Without one the cookie alone says who is there, so it ends only in the browser that has it.
 */
export interface InboxSessions {
  /** @returns the value of the session cookie; null when the person's right was taken away. */
  start(person: SignedIn): Promise<string | null>;
  /**
   * Who the session cookie says is there.
   *
   * @param options.isUse - false for what a page does by itself: it keeps no session from ending. True by default.
   */
  read(cookie: string, options?: { isUse?: boolean }): Promise<InboxSession | null>;
  /** Those of these sessions that are over. */
  gone<T extends OpenSession>(all: readonly T[]): Promise<ReadonlySet<T>>;
  end(session: InboxSession): Promise<void>;
}
