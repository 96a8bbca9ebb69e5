import { attestedBy, verifyAttestation } from '../attestation.ts';
import type { Entry } from '../entry.ts';
import type { Keys } from '../signing/keys.ts';
import { Grants } from './grants.ts';
import { missingFor, newStanding, type Standing } from './standing.ts';

/**
 * What can be found, beyond that nothing was changed. A violation is against the approval's own rule; a note is for people to look at.
 * docs/guides/audit.md says what each means.
 */
export const FINDINGS = {
  'not-enough-votes': 'violation',
  'requester-voted': 'violation',
  'never-requested': 'violation',
  'started-without-approval': 'violation',
  'started-twice': 'violation',
  'other-arguments': 'violation',
  'too-old': 'violation',
  'ended-without-start': 'violation',
  'grant-does-not-hold': 'violation',
  'attestation-missing': 'violation',
  'attestation-bad': 'violation',
  'started-without-end': 'note',
  'break-glass': 'note',
  open: 'note',
} as const;
export type FindingKind = keyof typeof FINDINGS;

export interface Finding {
  kind: FindingKind;
  severity: 'violation' | 'note';
  approvalId: string;
  /** Of the entry that shows it. */
  sequence: number;
  /** A sentence. */
  message: string;
}

/** More are counted and not listed. */
const LISTED = 1_000;
const EFFECT_ENDS = new Set<Entry['kind']>(['executed', 'failed', 'unknown', 'stale']);

/** Holds the entries, in their order, against the rules that they themselves name. */
export class Findings {
  readonly listed: Finding[] = [];
  omitted = 0;
  /** Approvals whose `requested` is before the first entry: their rule is not known. */
  unjudged = 0;
  violations = 0;
  /** Of one that is over only what became of it is kept: a long record has many. */
  readonly #approvals = new Map<string, Standing | Outcome>();
  readonly #grants = new Grants();
  readonly #keys: Keys | undefined;
  readonly #isWhole: boolean;

  /**
   * @param keys - trusted ones; without them attestations are not looked at.
   * @param isWhole - whether the entries are all from the first on. Otherwise an approval may have begun before them.
   */
  constructor(keys: Keys | undefined, isWhole: boolean) {
    this.#keys = keys;
    this.#isWhole = isWhole;
  }

  async add(entry: Entry): Promise<void> {
    const { approvalId } = entry;
    if (approvalId === undefined) return;
    const isVote = entry.kind === 'voted' || entry.kind === 'break-glass';
    if (isVote && this.#keys !== undefined) await this.#attested(entry, approvalId, this.#keys);
    if (entry.kind === 'granted' || entry.kind === 'grant-revoked') {
      this.#grant(entry, approvalId);
      return;
    }
    const known = this.#approvals.get(approvalId);
    if (typeof known === 'string' && entry.kind !== 'requested') {
      this.#afterwards(known, entry, approvalId);
      return;
    }
    const standing = typeof known === 'object' ? known : newStanding();
    if (known === 'carried out') [standing.starts, standing.hasEnded] = [1, true];
    standing.last = entry.sequence;
    this.#take(standing, entry, approvalId);
    this.#approvals.set(approvalId, outcomeOf(standing) ?? standing);
  }

  /** What only the end shows. */
  finish(): void {
    for (const [approvalId, standing] of this.#approvals) {
      if (typeof standing === 'string') continue;
      const { isKnown, settled, isClosed, starts, hasEnded, last } = standing;
      const at = { approvalId, sequence: last };
      if (!isKnown && !this.#isWhole) this.unjudged += 1;
      if (starts > 0 && !hasEnded)
        this.#find('started-without-end', at, 'Its effect was begun, and no entry tells how it ended.');
      else if (isKnown && settled === undefined && !isClosed)
        this.#find('open', at, 'It waits for a decision.');
    }
  }

  #take(standing: Standing, entry: Entry, approvalId: string): void {
    const at = { approvalId, sequence: entry.sequence };
    if (entry.kind === 'requested') {
      const { starts, hasEnded } = standing;
      const { rule = {}, requester, sequence: last } = entry;
      const requestedMs = Date.parse(entry.time);
      Object.assign(standing, newStanding(), {
        ...{ isKnown: true, rule, requester, requestedMs, starts, hasEnded, last },
      });
    } else if (entry.kind === 'voted') this.#vote(standing, entry);
    else if (entry.kind === 'break-glass') {
      if (standing.settled === undefined) standing.emergency = entry;
      this.#find('break-glass', at, `${entry.person?.id ?? 'Nobody'} decided alone, by right of emergency.`);
    } else if (entry.kind === 'settled') this.#settle(standing, entry, at);
    else if (entry.kind === 'expired' || entry.kind === 'cancelled') standing.isClosed = true;
    else if (entry.kind === 'started') this.#start(standing, entry, at);
    else if (EFFECT_ENDS.has(entry.kind)) {
      // What is stale never began.
      if (standing.starts === 0 && entry.kind !== 'stale' && this.#isJudged(standing))
        this.#find('ended-without-start', at, 'Its effect ended, and no entry tells that it began.');
      standing.hasEnded = true;
    }
  }

  /** Of an approval that began before the first entry nobody knows the votes. */
  #grant(entry: Entry, approvalId: string): void {
    if (entry.kind === 'grant-revoked') this.#grants.revoked(entry);
    else {
      const problem = this.#grants.given(entry);
      const at = { approvalId, sequence: entry.sequence };
      if (problem !== null && this.#isWhole)
        this.#find('grant-does-not-hold', at, `A grant was given with it ${problem}.`);
    }
  }

  /** A grant stands in place of votes. One that was given before the first entry is not known. */
  #settleByGrant(standing: Standing, entry: Entry, grantId: string, at: Where): void {
    const { status = '', digest } = entry;
    const isJudged = this.#isJudged(standing) && (this.#isWhole || this.#grants.has(grantId));
    const problem = isJudged ? this.#grants.problem(standing, entry) : null;
    if (problem !== null) this.#find('grant-does-not-hold', at, `It was let through ${problem}.`);
    standing.settled = { status, digest, lastVoteMs: this.#grants.lastVoteMs(grantId), grantId };
    standing.votes = [];
    standing.emergency = undefined;
  }

  /** What comes after an approval is over. */
  #afterwards(outcome: Outcome, { kind, sequence, person }: Entry, approvalId: string): void {
    const at = { approvalId, sequence };
    if (kind === 'break-glass')
      this.#find(kind, at, `${person?.id ?? 'Nobody'} decided alone, after it was over.`);
    if (kind !== 'started') return;
    if (outcome === 'carried out') this.#find('started-twice', at, 'Its effect was begun once more.');
    else this.#find('started-without-approval', at, 'Its effect was begun after it was over without one.');
  }

  #vote(standing: Standing, entry: Entry): void {
    if (standing.settled !== undefined) return;
    if (entry.decision !== 'edit') standing.votes.push(entry);
    else {
      standing.votes = [entry];
      standing.editor = entry.person?.id;
      standing.rule = entry.rule ?? standing.rule;
    }
  }

  #settle(standing: Standing, entry: Entry, at: Where): void {
    const { status = '', digest, grantId } = entry;
    if (grantId !== undefined) {
      this.#settleByGrant(standing, entry, grantId, at);
      return;
    }
    const { votes, emergency, isKnown, rule, requester } = standing;
    const times = [...votes, ...(emergency ? [emergency] : [])].map(({ time }) => Date.parse(time));
    if (!isKnown && this.#isWhole)
      this.#find(
        'never-requested',
        at,
        `It was settled as ${status}, and no entry tells that it was asked for.`,
      );
    else if (isKnown) {
      const missing = missingFor(standing, status, digest);
      if (missing !== null) this.#find('not-enough-votes', at, `It was settled as ${status} ${missing}.`);
      if (rule.notRequester && votes.some(({ person }) => person?.id === requester))
        this.#find('requester-voted', at, `${requester ?? ''} asked for it, and voted on it.`);
    }
    standing.settled = { status, digest, lastVoteMs: Math.max(...times) };
    if (status === 'approved') this.#grants.settled(at.approvalId, standing);
    // A long record has many approvals: what they were settled by is not needed again.
    standing.votes = [];
    standing.emergency = undefined;
  }

  #start(standing: Standing, entry: Entry, at: Where): void {
    const { digest, time } = entry;
    standing.starts += 1;
    if (standing.starts > 1)
      this.#find('started-twice', at, `Its effect was begun ${standing.starts} times.`);
    if (!this.#isJudged(standing)) return;
    const { settled, rule, isClosed } = standing;
    const gone = settled?.grantId === undefined ? null : this.#grants.goneProblem(settled.grantId, entry);
    if (settled?.status !== 'approved' || isClosed)
      this.#find('started-without-approval', at, `Its effect was begun while it was ${wordOf(standing)}.`);
    else if (settled.digest !== undefined && digest !== settled.digest)
      this.#find('other-arguments', at, 'Its effect was begun with other arguments than were approved.');
    else if (gone !== null) this.#find('grant-does-not-hold', at, `Its effect was begun ${gone}.`);
    else if (rule.freshForMs !== undefined && Date.parse(time) - settled.lastVoteMs > rule.freshForMs)
      this.#find('too-old', at, `Its effect was begun more than ${rule.freshForMs} ms after the last vote.`);
  }

  async #attested(entry: Entry, approvalId: string, keys: Keys): Promise<void> {
    const at = { approvalId, sequence: entry.sequence };
    const { attestation, person } = entry;
    const by = `The decision of ${person?.id ?? 'nobody'}`;
    if (attestation === undefined) {
      this.#find('attestation-missing', at, `${by} has no attestation.`);
      return;
    }
    const verified = await verifyAttestation(attestation, keys, attestedBy(entry));
    if (!verified.ok) this.#find('attestation-bad', at, `${by} has an attestation that ${verified.problem}.`);
  }

  #isJudged({ isKnown }: Standing): boolean {
    return isKnown || this.#isWhole;
  }

  #find(kind: FindingKind, at: Where, message: string): void {
    const severity = FINDINGS[kind];
    if (severity === 'violation') this.violations += 1;
    if (this.listed.length < LISTED) this.listed.push({ kind, severity, ...at, message });
    else this.omitted += 1;
  }
}

type Outcome = 'carried out' | 'not carried out';

/** What became of an approval, once nothing more is due; undefined before. */
function outcomeOf({ isKnown, settled, isClosed, starts, hasEnded }: Standing): Outcome | undefined {
  if (!isKnown) return undefined;
  if (starts > 0) return hasEnded ? 'carried out' : undefined;
  const isOver = isClosed || hasEnded || (settled !== undefined && settled.status !== 'approved');
  return isOver ? 'not carried out' : undefined;
}

interface Where {
  approvalId: string;
  sequence: number;
}

function wordOf({ settled, isClosed }: Standing): string {
  if (isClosed) return 'expired or cancelled';
  return settled?.status ?? 'not settled';
}
