import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import { cookies } from 'next/headers';

import { findUser, type User } from './users.ts';

const NAME = 'session';
/** Set SESSION_SECRET where more than one process serves, or everybody is signed out by a restart. */
const SECRET = process.env.SESSION_SECRET ?? randomBytes(32).toString('hex');

export async function beginSession(user: User): Promise<void> {
  const secure = process.env.NODE_ENV === 'production';
  const options = { httpOnly: true, sameSite: 'lax', secure, path: '/', maxAge: 8 * 3_600 } as const;
  (await cookies()).set(NAME, `${user.id}.${sign(user.id)}`, options);
}

export async function endSession(): Promise<void> {
  (await cookies()).delete(NAME);
}

/** @returns null for who is not signed in */
export async function currentUser(): Promise<User | null> {
  const [id = '', signature = ''] = (await cookies()).get(NAME)?.value.split('.') ?? [];
  const expected = Buffer.from(sign(id));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected) ? findUser(id) : null;
}

function sign(id: string): string {
  return createHmac('sha256', SECRET).update(id).digest('hex');
}
