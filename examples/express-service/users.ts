import { createHash, timingSafeEqual } from 'node:crypto';

export interface User {
  id: string;
  /** What this service vouches for: a policy with `approvers` looks at them. */
  groups: string[];
}

/** Stands for your own sign-in. Passwords in a source file are for a demo only. */
const USERS = [
  { id: 'ada', password: 'ada', groups: [] },
  { id: 'grace', password: 'grace', groups: ['support'] },
];

/** Whom the `Authorization: Basic` header of a request names; null unless the password is right. */
export function userOf(header = ''): User | null {
  const [scheme, encoded = ''] = header.split(' ');
  const [id, password = ''] = Buffer.from(encoded, 'base64').toString().split(':');
  const user = USERS.find((entry) => entry.id === id);
  if (scheme !== 'Basic' || user === undefined) return null;
  return timingSafeEqual(hash(user.password), hash(password)) ? { id: user.id, groups: user.groups } : null;
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
