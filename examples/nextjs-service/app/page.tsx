import Link from 'next/link';

import { pendingApprovals, messagesOf } from '../lib/countersign.ts';
import { currentUser } from '../lib/session.ts';
import { isSupport, type User } from '../lib/users.ts';
import { ask, decide, signIn, signOut } from './actions.ts';

const NOTICES: Record<string, string> = {
  wrong: 'Wrong name or password.',
  support: 'Only support decides.',
  approved: 'Approved.',
  denied: 'Denied.',
  refused: 'Not decided: somebody else was first, the action has changed, or time is up.',
};

export default async function Page({ searchParams }: { searchParams: Promise<{ notice?: string }> }) {
  const { notice = '' } = await searchParams;
  const user = await currentUser();
  return (
    <main>
      <h1>Refund desk</h1>
      {NOTICES[notice] !== undefined && <p role="status">{NOTICES[notice]}</p>}
      {user === null ? <SignIn /> : <SignedIn user={user} />}
    </main>
  );
}

function SignIn() {
  return (
    <form action={signIn}>
      <p>
        <label>
          Name <input name="id" autoComplete="username" required />
        </label>
      </p>
      <p>
        <label>
          Password <input name="password" type="password" autoComplete="current-password" required />
        </label>
      </p>
      <button>Sign in</button>
    </form>
  );
}

function SignedIn({ user }: { user: User }) {
  return (
    <>
      <form action={signOut}>
        Signed in as {user.id}. <button>Sign out</button> <Link href="/">Look again</Link>
      </form>
      {isSupport(user) ? <Questions /> : <Conversation user={user} />}
    </>
  );
}

async function Conversation({ user }: { user: User }) {
  const messages = await messagesOf(user);
  return (
    <>
      <form action={ask}>
        <label>
          Message <input name="message" size={50} required />
        </label>{' '}
        <button>Send</button>
      </form>
      <ul>
        {messages.map(({ turnId, role, text }) => (
          <li key={turnId + role}>
            {role}: {text}
          </li>
        ))}
      </ul>
    </>
  );
}

/** What is asked. The arguments are the model's words: React shows them as text, never as markup. */
async function Questions() {
  const approvals = await pendingApprovals();
  if (approvals.length === 0) return <p>Nothing waits for you.</p>;
  return approvals.map(({ approvalId, argumentsDigest, tool, reason, arguments: args }) => (
    <form key={approvalId} action={decide}>
      <h2>{tool}</h2>
      <p>{reason}</p>
      <dl>
        {Object.entries(args).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
      <input type="hidden" name="approvalId" value={approvalId} />
      <input type="hidden" name="argumentsDigest" value={argumentsDigest} />
      <button name="decision" value="approve">
        Approve
      </button>{' '}
      <button name="decision" value="deny">
        Deny
      </button>
    </form>
  ));
}
