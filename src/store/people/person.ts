import type { Away, ChannelName, Quiet } from '../../contracts/notice.ts';
import { StoreInputError } from '../errors.ts';

export interface NewPerson extends PersonSettings {
  /** Shown and compared: one person has one id, by whichever way they come. */
  id: string;
  name?: string | null;
  mail?: string | null;
  slackId?: string | null;
  groups?: readonly string[];
  /** Accounts at identity providers. */
  identities?: readonly { issuer: string; subject: string }[];
}

/** How a person wants to be told. What is absent stays as it is. */
export interface PersonSettings {
  /** IANA, such as `Europe/Berlin`; null: UTC. */
  zone?: string | null;
  quiet?: Quiet | null;
  away?: Away | null;
  /** In order of preference: the first that reaches them is taken. Null: all that the policy names. */
  channels?: readonly ChannelName[] | null;
}

export interface Person extends Required<NewPerson> {
  /** When their rights were taken; null for one who has them. */
  revokedAt: string | null;
  /** How many of their devices take notifications; absent for none. */
  devices?: number;
}

/** What one person is known by. */
export type Identity = { issuer: string; subject: string } | { slackId: string } | { mail: string };

interface Key {
  kind: 'account' | 'slack' | 'mail';
  issuer: string;
  subject: string;
}

/** How the table names what a person is known by. Upper and lower case make no difference in a mail address. */
export function keysOf(of: Identity | Omit<NewPerson, 'id'>): Key[] {
  const keys: Key[] = [];
  if ('mail' in of && of.mail) keys.push({ kind: 'mail', issuer: '', subject: of.mail.toLowerCase() });
  if ('slackId' in of && of.slackId) keys.push({ kind: 'slack', issuer: '', subject: of.slackId });
  const accounts = 'issuer' in of ? [of] : 'identities' in of ? (of.identities ?? []) : [];
  return [...keys, ...accounts.map(({ issuer, subject }) => ({ kind: 'account' as const, issuer, subject }))];
}

/** @throws StoreInputError when two of the people have one id, or are known by one thing. */
export function requireEachOnce(people: readonly NewPerson[]): void {
  const owners = new Map<string, string>();
  for (const [index, person] of people.entries()) {
    const things = [
      `id "${person.id}"`,
      ...keysOf(person).map(
        ({ kind, issuer, subject }) => `${kind} "${subject}"${issuer && ` of ${issuer}`}`,
      ),
    ];
    for (const thing of things) {
      const owner = owners.get(thing);
      if (owner !== undefined) {
        throw new StoreInputError(
          `people.${index}`,
          `has the ${thing}, which "${owner}" has, too. Give it to one person only.`,
        );
      }
      owners.set(thing, person.id);
    }
  }
}
