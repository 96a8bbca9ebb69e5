'use server';

import { revalidatePath } from 'next/cache';
import { redirect } from 'next/navigation';

import * as countersign from '../lib/countersign.ts';
import { beginSession, currentUser, endSession } from '../lib/session.ts';
import { checkPassword, isSupport } from '../lib/users.ts';

/** Every action is an address that anybody can call: each looks for itself who calls it, and what that person may do. */

export async function signIn(form: FormData): Promise<void> {
  const user = checkPassword(text(form, 'id'), text(form, 'password'));
  if (user === null) redirect('/?notice=wrong');
  await beginSession(user);
  redirect('/');
}

export async function signOut(): Promise<void> {
  await endSession();
  redirect('/');
}

export async function ask(form: FormData): Promise<void> {
  const user = await currentUser();
  const message = text(form, 'message').trim();
  if (user === null || message === '') redirect('/');
  await countersign.startTurn(user, message);
  revalidatePath('/');
}

export async function decide(form: FormData): Promise<void> {
  const user = await currentUser();
  if (user === null || !isSupport(user)) redirect('/?notice=support');
  const became = await countersign.decide(user, {
    approvalId: text(form, 'approvalId'),
    argumentsDigest: text(form, 'argumentsDigest'),
    decision: text(form, 'decision') === 'approve' ? 'approve' : 'deny',
  });
  redirect(`/?notice=${became ?? 'refused'}`);
}

function text(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}
