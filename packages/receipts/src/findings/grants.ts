import type { Entry } from '../entry.ts';
import { missingFor, type Standing } from './standing.ts';

/** What has been told of a grant: the votes that gave it, and until when it holds. */
interface Told {
  votes: Entry[];
  editor: string | undefined;
  /** When its approval was asked. */
  requestedMs: number;
  tool: string | undefined;
  conversationId: string | undefined;
  untilMs: number;
  revokedMs: number;
}

/** Who takes a grant back and who begins an effect by it may do so at once, and their entries stand in either order. */
const AT_ONCE_MS = 60_000;

/** Grants, as far as the entries have told them. */
export class Grants {
  /** By approval: votes that all asked for a grant, until it is told of. */
  readonly #asked = new Map<string, Omit<Told, 'untilMs' | 'revokedMs' | 'tool' | 'conversationId'>>();
  readonly #told = new Map<string, Told>();

  /** An approval has been settled by these votes. */
  settled(approvalId: string, { votes, editor, requestedMs, emergency }: Standing): void {
    const isAsked = votes.length > 0 && votes.every(({ grant }) => grant !== undefined);
    if (isAsked && emergency === undefined) this.#asked.set(approvalId, { votes, editor, requestedMs });
  }

  /** @returns whether everybody who voted had asked for it. */
  given({ approvalId = '', grantId = '', tool, conversationId, until = '', grant, time }: Entry): boolean {
    const asked = this.#asked.get(approvalId);
    this.#asked.delete(approvalId);
    if (asked === undefined || grantId !== approvalId || grant === undefined) return false;
    const untilMs = Date.parse(until);
    const isLonger = (vote: Entry) => (vote.grant?.forMs ?? 0) < untilMs - Date.parse(time);
    if (asked.votes.some(isLonger)) return false;
    this.#told.set(grantId, { ...asked, tool, conversationId, untilMs, revokedMs: Infinity });
    return true;
  }

  revoked({ grantId = '', time }: Entry): void {
    const told = this.#told.get(grantId);
    if (told !== undefined) told.revokedMs = Math.min(told.revokedMs, Date.parse(time));
  }

  has(grantId: string): boolean {
    return this.#told.has(grantId);
  }

  /** The last vote for it, in ms since 1970. */
  lastVoteMs(grantId: string): number {
    return Math.max(...(this.#told.get(grantId)?.votes ?? []).map(({ time }) => Date.parse(time)));
  }

  /** Why a call was not let through by its grant, as a sentence's end; null when it was. */
  problem(
    standing: Standing,
    { grantId = '', status = '', tool, time, conversationId }: Entry,
  ): string | null {
    const told = this.#told.get(grantId);
    if (told === undefined) return 'by a grant that no entry tells of';
    const may = standing.rule.mayGrant;
    if (may === undefined) return 'by a grant, which its policy lets nobody give';
    if (status !== 'approved') return `as ${status} by a grant`;
    if (told.tool !== tool) return 'by a grant for another tool';
    if (may.boundTo === 'conversation' && told.conversationId !== conversationId)
      return 'by a grant for another conversation';
    const atMs = Date.parse(time);
    if (!(atMs < told.untilMs)) return 'by a grant that had ended';
    if (this.#isGone(told, atMs)) return 'by a grant that had been taken back';
    const { votes, editor, requestedMs } = told;
    // What its voters saw was another call: its digest is not this one's.
    const missing = missingFor(
      { ...standing, votes, editor, requestedMs, emergency: undefined },
      status,
      undefined,
    );
    return missing === null ? null : `by a grant, ${missing}`;
  }

  /** Whether an effect begins by a grant that had been taken back. */
  isGone(grantId: string, { time }: Entry): boolean {
    const told = this.#told.get(grantId);
    return told !== undefined && this.#isGone(told, Date.parse(time));
  }

  #isGone({ revokedMs }: Told, atMs: number): boolean {
    return atMs - revokedMs > AT_ONCE_MS;
  }
}
