import type { Entry } from '../entry.ts';
import type { Rule } from '../rule.ts';

/** What the entries of one approval have told so far, as far as its rule needs it. */
export interface Standing {
  /** Whether its `requested` was seen: without it nobody knows its rule. */
  isKnown: boolean;
  rule: Rule;
  requester: string | undefined;
  /** When it was asked, in ms since 1970. */
  requestedMs: number;
  /** For what is proposed now: an edit is a new proposal, for which earlier votes do not count. */
  votes: Entry[];
  /** Who made what is proposed now; undefined while it is the model's. */
  editor: string | undefined;
  /** A decision alone, by right of emergency. */
  emergency: Entry | undefined;
  settled: { status: string; digest: string | undefined; lastVoteMs: number; grantId?: string } | undefined;
  /** Expired or cancelled. */
  isClosed: boolean;
  /** How often its effect was begun. */
  starts: number;
  hasEnded: boolean;
  /** Of its latest entry. */
  last: number;
}

export function newStanding(): Standing {
  return {
    ...{
      isKnown: false,
      rule: {},
      requester: undefined,
      requestedMs: NaN,
      votes: [],
      editor: undefined,
      emergency: undefined,
    },
    ...{ settled: undefined, isClosed: false, starts: 0, hasEnded: false, last: 0 },
  };
}

/** Why the votes do not allow this status, as a sentence's end; null when they do. */
export function missingFor(standing: Standing, status: string, digest: string | undefined): string | null {
  if (standing.emergency !== undefined) return emergencyProblem(standing, standing.emergency, status);
  const kinds = KINDS[status];
  if (kinds === undefined) return `with a status that no vote can lead to`;
  const { rule, editor, votes } = standing;
  const uncounted: string[] = [];
  const voters = new Map<string, Entry>();
  for (const vote of votes) {
    if (vote.decision === undefined || !kinds.includes(vote.decision)) continue;
    const why = whyNot(vote, standing, digest);
    if (why === null) voters.set(vote.person?.id ?? '', vote);
    else uncounted.push(`${vote.person?.id ?? 'nobody'} (${why})`);
  }
  const { approve = 1, deny = 1, from = [] } = rule.quorum ?? {};
  const needed = status === 'approved' ? approve : status === 'denied' ? deny : 1;
  const short =
    status === 'approved' ? from.filter((share) => countOf(voters, share.group) < share.atLeast) : [];
  const isAlone =
    status === 'approved' &&
    rule.notRequester === true &&
    editor !== undefined &&
    voters.size === 1 &&
    voters.has(editor);
  if (voters.size >= needed && short.length === 0 && !isAlone) return null;
  const parts = [`by ${voters.size} of ${needed} votes`];
  for (const { group, atLeast } of short) parts.push(`${countOf(voters, group)} of ${atLeast} of ${group}`);
  if (isAlone) parts.push('by the author of the change alone');
  if (uncounted.length > 0) parts.push(`not counted: ${uncounted.join(', ')}`);
  return parts.join('; ');
}

const KINDS: Record<string, string[] | undefined> = {
  approved: ['approve', 'edit'],
  denied: ['deny'],
  answered: ['respond'],
};

function countOf(voters: Map<string, Entry>, group: string): number {
  return [...voters.values()].filter(({ person }) => person?.groups?.includes(group)).length;
}

/** Why a vote does not count. */
function whyNot(
  vote: Entry,
  { rule, requester, requestedMs }: Standing,
  digest: string | undefined,
): string | null {
  const { person, decision, authenticated, contents } = vote;
  if (person === undefined) return 'names nobody';
  const openMs = Date.parse(vote.time) - requestedMs;
  const later = (rule.alsoAfter ?? []).filter(({ afterMs }) => openMs >= afterMs);
  const groups = [...(rule.approvers ?? []), ...later.flatMap((one) => one.groups)];
  if (rule.approvers && !groups.some((group) => person.groups?.includes(group)))
    return 'in none of the groups';
  if (rule.person !== undefined && person.id !== rule.person) return `not ${rule.person}`;
  if (rule.notRequester && person.id === requester) return 'the requester';
  if (decision === 'approve' && digest !== undefined && vote.digest !== digest) return 'of other arguments';
  const needsNote = rule.note === 'always' || (rule.note === 'deny' && decision === 'deny');
  if (needsNote && contents?.note === undefined) return 'without a reason';
  const { passkey, acr, maxAgeMinutes } = rule.auth ?? {};
  if (passkey && authenticated?.passkey !== true) return 'without a passkey';
  if (acr !== undefined && authenticated?.acr !== acr) return 'authenticated otherwise';
  if (maxAgeMinutes === undefined) return null;
  const ageMs = Date.parse(vote.time) - Date.parse(authenticated?.at ?? '');
  return ageMs <= maxAgeMinutes * 60_000 ? null : 'authenticated too long ago';
}

function emergencyProblem(
  { rule, requester }: Standing,
  { person, decision, contents }: Entry,
  status: string,
): string | null {
  if (decision === undefined || KINDS[status]?.includes(decision) !== true)
    return 'though the emergency was to decide otherwise';
  if (rule.breakGlass?.groups.some((group) => person?.groups?.includes(group)) !== true)
    return `by right of emergency, which ${person?.id ?? 'nobody'} does not have`;
  if (rule.notRequester && person?.id === requester) return 'by right of emergency of the requester';
  return contents?.note === undefined && contents?.reason === undefined
    ? 'by right of emergency, without a reason'
    : null;
}
