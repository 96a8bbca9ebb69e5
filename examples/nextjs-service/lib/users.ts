import { createHash, timingSafeEqual } from 'node:crypto';

export interface User {
  id: string;
  /** What the service vouches for: policies with `approvers` look at them. */
  groups: string[];
}

/** Stands for your own sign-in. Passwords in a source file are for a demo only. */
const USERS = [
  { id: 'ada', password: 'ada', groups: [] },
  { id: 'grace', password: 'grace', groups: ['support'] },
];

export function findUser(id: string): User | null {
  const user = USERS.find((entry) => entry.id === id);
  return user === undefined ? null : { id: user.id, groups: user.groups };
}

export function checkPassword(id: string, password: string): User | null {
  const user = USERS.find((entry) => entry.id === id);
  return user !== undefined && timingSafeEqual(hash(user.password), hash(password)) ? findUser(id) : null;
}

/** Whether this service lets somebody decide at all. */
export function isSupport(user: User): boolean {
  return user.groups.includes('support');
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
