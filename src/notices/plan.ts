import type { AnyApproval } from '../contracts/approval/approval.ts';
import { isSamePerson } from '../contracts/deciding/same-person.ts';
import type { ChannelName, RungInput } from '../contracts/notice.ts';
import type { NewNotice, Way } from '../store/notices.ts';
import type { Person } from '../store/person.ts';
import type { NoticeChannel } from './channel.ts';

/** What is known when a rung comes. */
export interface Planning {
  rung: Pick<RungInput, 'rung' | 'kind' | 'notify'>;
  approval: AnyApproval;
  /** Those who are to be told by their groups. */
  people: readonly Person[];
  channels: readonly Pick<NoticeChannel, 'name' | 'addressOf'>[];
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

/** Plans a rung: who is told, by what, and when. */
export function planRung(planning: Planning): Planned {
  const { people, approval } = planning;
  const reasons: string[] = [];
  const notices: NewNotice[] = [];
  for (const person of people) {
    const why = whyNot(person, approval);
    if (why !== null) {
      reasons.push(`${person.id} ${why}`);
      continue;
    }
    const own = noticesFor(person, planning);
    if (own.length === 0) reasons.push(`${person.id} has no address for a channel that is configured`);
    notices.push(...own);
  }
  if (notices.length > 0) return { notices, nobody: null };
  return {
    notices,
    nobody: people.length === 0 ? 'nobody belongs to the groups' : reasons.slice(0, 5).join('; '),
  };
}

/** Why somebody is not told, as a sentence's end; null when they are. */
function whyNot(person: Person, approval: AnyApproval): string | null {
  const { rule, requestedBy, startedBy, votes = [] } = approval;
  if (person.revokedAt !== null) return 'has been revoked';
  if (votes.some((vote) => isSamePerson(vote.approver, person.id))) return 'has voted';
  const isRequester = isSamePerson(person, requestedBy) || isSamePerson(person, startedBy);
  return rule?.notRequester === true && isRequester ? 'is the requester' : null;
}

function noticesFor(person: Person, { rung, approval, channels, defaults, nowMs }: Planning): NewNotice[] {
  const { approvalId, conversationId = null } = approval;
  const allowed = rung.notify.channels ?? defaults ?? channels.map(({ name }) => name);
  const ways = allowed.flatMap((name): Way[] => {
    const address = channels.find((channel) => channel.name === name)?.addressOf(person) ?? null;
    return address === null ? [] : [{ channel: name, address }];
  });
  return ways.map((way) => ({
    ...{ approvalId, conversationId, personId: person.id, rung: rung.rung, kind: rung.kind },
    ...{ key: `${approvalId}:${rung.rung}:${person.id}:${way.channel}`, ways: [way], dueMs: nowMs },
  }));
}
