import type { AnyApproval } from '../contracts/approval/approval.ts';
import { groupsAt } from '../contracts/deciding/groups-at.ts';
import { personProblem } from '../contracts/deciding/right-to-vote.ts';
import { isSamePerson } from '../contracts/deciding/same-person.ts';
import type { ChannelName, RungInput } from '../contracts/notice.ts';
import type { NewNotice, Way } from '../store/notices/rows.ts';
import type { Person } from '../store/people/person.ts';
import type { NoticeChannel } from './channel.ts';
import { placeId } from './places.ts';
import { earliest } from './when.ts';

/** What is known when a rung comes. */
export interface Planning {
  rung: Pick<RungInput, 'rung' | 'kind' | 'groups' | 'notify'>;
  approval: AnyApproval;
  /** Those who are to be told by their groups. */
  people: readonly Person[];
  /** Whoever stands in for somebody, by id. */
  standIns: ReadonlyMap<string, Person>;
  channels: readonly Pick<NoticeChannel, 'name' | 'addressOf' | 'placesFor'>[];
  /** Channels where the policy names none; absent: all. */
  defaults?: readonly ChannelName[] | undefined;
  nowMs: number;
}

/** Whom a rung tells, and why nobody if nobody. */
export interface Planned {
  notices: NewNotice[];
  /** A sentence's end; null when somebody is told. */
  nobody: string | null;
}

/** So many stand-ins are asked, one for the other. */
export const STAND_INS = 3;
const REASONS = 5;

/**
 * Plans a rung: who is told, by what, and when. Quiet hours hold a message back, unless nobody could be told before the question's
 * deadline: then all are told at once, because a question that nobody hears of is worse than one at night.
 */
export function planRung(planning: Planning): Planned {
  const { people, approval, nowMs } = planning;
  const reasons: string[] = [];
  const byKey = new Map<string, NewNotice>();
  for (const person of people) {
    const told = whoIsTold(person, planning);
    const own = typeof told === 'string' ? [] : noticesFor(told, planning);
    if (typeof told === 'string') reasons.push(`${person.id} ${told}`);
    else if (own.length === 0) reasons.push(`${told.id} has no address for a channel that is configured`);
    for (const notice of own) byKey.set(notice.key, notice);
  }
  for (const notice of noticesForPlaces(planning)) byKey.set(notice.key, notice);
  const notices = [...byKey.values()];
  if (notices.length === 0) {
    const nobody =
      people.length === 0 ? 'nobody belongs to the groups' : reasons.slice(0, REASONS).join('; ');
    return { notices, nobody };
  }
  const endMs = approval.deadline === null ? Infinity : Date.parse(approval.deadline);
  const isTooLate = notices.every(({ dueMs }) => dueMs >= endMs);
  return { notices: isTooLate ? notices.map((one) => ({ ...one, dueMs: nowMs })) : notices, nobody: null };
}

/** The person, or whoever stands in; or why nobody, as a sentence's end. */
function whoIsTold(person: Person, { approval, standIns, rung, nowMs }: Planning): Person | string {
  let told = person;
  for (let count = 0; ; count += 1) {
    const { away } = told;
    if (away === null || Date.parse(away.until) <= nowMs) break;
    if (away.standIn === null) return told === person ? 'is away' : `is away, and so is ${told.id}`;
    if (count === STAND_INS) return `is away, and so are ${STAND_INS} who stand in, one for the other`;
    const next = standIns.get(away.standIn);
    if (next === undefined) return `is away, and the directory does not know ${away.standIn}`;
    told = next;
  }
  const why = whyNot(told, approval);
  if (why !== null) return told === person ? why : `is away, and ${told.id} ${why}`;
  if (rung.kind === 'again' && personProblem(approval, toApprover(told), nowMs) !== null)
    return 'may not decide any more';
  // A stand-in is told, and gets no right by it: one who may not decide is told only of what others may hear, too.
  const isOnlyTold = rung.kind === 'escalate';
  if (told === person || isOnlyTold || personProblem(approval, toApprover(told), nowMs) === null) return told;
  return `is away, and ${told.id} may not decide`;
}

function toApprover({ id, groups }: Person): { id: string; groups: string[] } {
  return { id, groups: [...groups] };
}

/** Why somebody is not told, as a sentence's end; null when they are. */
function whyNot(person: Person, approval: AnyApproval): string | null {
  const { rule, requestedBy, startedBy, votes = [] } = approval;
  if (person.revokedAt !== null) return 'has been revoked';
  if (votes.some((vote) => isSamePerson(vote.approver, person.id))) return 'has voted';
  const isRequester = isSamePerson(person, requestedBy) || isSamePerson(person, startedBy);
  return rule?.notRequester === true && isRequester ? 'is the requester' : null;
}

/** By each channel; or, for a person with channels of their own, by the first of these that works. */
function noticesFor(person: Person, { rung, approval, channels, defaults, nowMs }: Planning): NewNotice[] {
  const { approvalId, conversationId = null } = approval;
  const allowed = allowedOf({ rung, channels, defaults });
  const wayBy = (name: ChannelName): Way[] => {
    const address = channels.find((channel) => channel.name === name)?.addressOf(person) ?? null;
    return address === null ? [] : [{ channel: name, address }];
  };
  const preferred = person.channels?.filter((name) => allowed.includes(name));
  const perMessage = preferred === undefined ? allowed.map(wayBy) : [preferred.flatMap(wayBy)];
  const dueMs = earliest(nowMs, person.zone, person.quiet);
  return perMessage
    .filter((ways) => ways.length > 0)
    .map((ways) => ({
      ...{ approvalId, conversationId, personId: person.id, rung: rung.rung, kind: rung.kind },
      ...{ key: `${approvalId}:${rung.rung}:${person.id}:${ways[0]?.channel ?? ''}`, ways, dueMs },
    }));
}

/** Where groups read together. Quiet hours are people's own. */
function noticesForPlaces(planning: Planning): NewNotice[] {
  const { rung, approval, channels, nowMs } = planning;
  const { approvalId, conversationId = null, tenant, rule } = approval;
  if (rung.kind === 'again' || (rule?.person !== undefined && rung.kind !== 'escalate')) return [];
  const groups = rung.groups ?? groupsAt(approval, nowMs) ?? null;
  return allowedOf(planning).flatMap((name) => {
    const places = channels.find((channel) => channel.name === name)?.placesFor?.({ tenant, groups }) ?? [];
    return places.map((address) => {
      const personId = placeId(name, address);
      return {
        ...{ approvalId, conversationId, personId, rung: rung.rung, kind: rung.kind, dueMs: nowMs },
        ...{ key: `${approvalId}:${rung.rung}:${personId}:${name}`, ways: [{ channel: name, address }] },
      };
    });
  });
}

function allowedOf({
  rung,
  channels,
  defaults,
}: Pick<Planning, 'rung' | 'channels' | 'defaults'>): readonly ChannelName[] {
  return rung.notify.channels ?? defaults ?? channels.map(({ name }) => name);
}
