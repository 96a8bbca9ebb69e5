import type { Entry } from '../entry.ts';
import type { GrantTerms, Rule } from '../rule.ts';
import { missingFor, type Standing } from './standing.ts';

/** Votes that all asked for a grant, and what they settled. */
interface Asked {
  votes: Entry[];
  editor: string | undefined;
  /** When its approval was asked, in ms since 1970. */
  requestedMs: number;
  requester: string | undefined;
  /** Of its approval. Neither this nor the requester is known of one that began before the first entry. */
  rule: Rule | undefined;
}

/** What has been told of a grant: the votes that gave it, and until when it holds. */
interface Told extends Asked {
  terms: GrantTerms;
  tool: string | undefined;
  conversationId: string | undefined;
  /** When it was given, in ms since 1970: by the last vote. */
  givenMs: number;
  untilMs: number;
  revokedMs: number;
}

/** A grant may end, or be taken back, while an effect by it begins: their entries stand in either order. */
const AT_ONCE_MS = 60_000;

/** Grants, as far as the entries have told them. */
export class Grants {
  /** By approval, until the grant is told of. */
  readonly #asked = new Map<string, Asked>();
  readonly #told = new Map<string, Told>();

  /** An approval has been settled by these votes. */
  settled(approvalId: string, { emergency, isKnown, ...standing }: Standing): void {
    const { votes, editor, requestedMs, requester } = standing;
    const rule = isKnown ? standing.rule : undefined;
    const isAsked = votes.length > 0 && votes.every(({ grant }) => grant !== undefined);
    if (isAsked && emergency === undefined)
      this.#asked.set(approvalId, { votes, editor, requestedMs, requester, rule });
  }

  /** @returns why it was not to be given, as a sentence's end; null when it was. */
  given({
    approvalId = '',
    grantId = '',
    tool,
    conversationId,
    until = '',
    grant: terms,
    time,
  }: Entry): string | null {
    const asked = this.#asked.get(approvalId);
    this.#asked.delete(approvalId);
    if (asked === undefined || grantId !== approvalId || terms === undefined)
      return 'that not everybody who voted had asked for';
    const untilMs = Date.parse(until);
    const givenMs = Math.min(Date.parse(time), Math.max(...asked.votes.map((vote) => Date.parse(vote.time))));
    const isLetBy = (most: GrantTerms | undefined): boolean =>
      most !== undefined &&
      hasSameScope(terms, most) &&
      terms.forMs <= most.forMs &&
      untilMs - givenMs <= most.forMs;
    if (!asked.votes.every(({ grant }) => isLetBy(grant))) return 'that lets more through than a vote for it';
    if (asked.rule !== undefined && !isLetBy(asked.rule.mayGrant))
      return 'that its policy does not let anybody give';
    this.#told.set(grantId, {
      ...{ ...asked, terms, tool, conversationId },
      ...{ givenMs, untilMs, revokedMs: Infinity },
    });
    return null;
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
    if (told.rule !== undefined && told.requester !== standing.requester)
      return 'by a grant for another requester';
    if (!hasSameScope(told.terms, may)) return 'by a grant for other calls than its policy lets anybody give';
    if (may.boundTo === 'conversation' && told.conversationId !== conversationId)
      return 'by a grant for another conversation';
    const atMs = Date.parse(time);
    if (!(atMs < told.untilMs)) return 'by a grant that had ended';
    if (!(atMs < told.givenMs + may.forMs)) return 'by a grant that is older than its policy lets it be';
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

  /** Why an effect does not begin by its grant, as a sentence's end; null when it does. */
  goneProblem(grantId: string, { time }: Entry): string | null {
    const told = this.#told.get(grantId);
    if (told === undefined) return null;
    const atMs = Date.parse(time);
    if (this.#isGone(told, atMs)) return 'by a grant that had been taken back';
    return atMs - told.untilMs > AT_ONCE_MS ? 'by a grant that had ended' : null;
  }

  #isGone({ revokedMs }: Told, atMs: number): boolean {
    return atMs - revokedMs > AT_ONCE_MS;
  }
}

/** Whether two grants are for the same calls, for however long. */
function hasSameScope(one: GrantTerms, other: GrantTerms): boolean {
  const [these, those] = [new Set(one.narrowerBy), new Set(other.narrowerBy)];
  return (
    one.boundTo === other.boundTo &&
    these.size === those.size &&
    other.narrowerBy.every((name) => these.has(name))
  );
}
