import { createHash } from 'node:crypto';

import { Hono } from 'hono';

import { limitBody } from '../bodies/request-body.ts';
import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { checkForm, csrfToken } from '../inbox/csrf.ts';
import { page } from '../inbox/layout.ts';
import { readForm } from '../inbox/read-form.ts';
import { words } from '../inbox/strings/words.ts';
import type { InboxSession } from '../sign-in/session.ts';
import { createSignedIn } from '../sign-in/signed-in.ts';
import { createChallenges } from './challenge.ts';
import { passkeysPage, type PasskeysPage } from './passkeys-page.ts';
import { relyingPartyOf } from './relying-party.ts';
import { TOUCHING, type Asked } from './script.ts';
import { readRegistration } from './verify.ts';

/** Whoever adds a passkey has just shown who they are: a session that somebody left open adds none. */
const FRESH_MS = 10 * 60_000;
const NAME_CHARACTERS = 100;
/** A person has a key, a spare one, a telephone. */
const MOST = 20;

/** The passkeys of whoever is signed in: shown, and added. The operator takes them away. */
export function createPasskeyRoutes(parts: GatewayParts): Hono<GatewayEnv> {
  const { store, publicUrl, sessionSecret, clock, maximumBodyBytes, log, identityProvider } = parts;
  const { signedIn } = createSignedIn(parts);
  const party = relyingPartyOf(publicUrl);
  const app = new Hono<GatewayEnv>();
  const challenges = store && createChallenges({ sessionSecret, clock, links: store.links });

  app.get('/inbox/passkeys', signedIn, async (c) => {
    const { session } = c.var;
    return page(c, await shown(session));
  });

  app.post('/inbox/passkeys', signedIn, limitBody(maximumBodyBytes), async (c) => {
    const { session } = c.var;
    const { tenant, approver, sessionId } = session;
    const form = await readForm(c.req);
    checkForm(c, parts, form, sessionId);
    const again = async (message: string) => page(c, { ...(await shown(session, message)), status: 422 });
    if (store === null || challenges === null || 'problem' in party || !isFresh(session))
      return again(t().notAdded);
    const token = form.get('token') ?? '';
    const name = (form.get('name') ?? '').trim().slice(0, NAME_CHARACTERS) || 'Passkey';
    const challenge = challenges.expected(token, purposeOf(session), sessionId);
    const made = challenge && (await readRegistration(form.get('touch') ?? '', party, challenge));
    if (!made || !(await challenges.take(token))) return again(t().unproven);
    const personId = approver.id;
    const known = await store.passkeys.list(tenant, personId);
    if (known.length >= MOST) return again(t().most(MOST));
    if (!(await store.passkeys.add(tenant, { ...made, personId, name }))) return again(t().known);
    log('passkey.added', { requestId: c.var.requestId, tenant, approver: personId });
    return c.redirect('/inbox/passkeys', 303);
  });

  return app;

  async function shown(session: InboxSession, message?: string) {
    const csrf = csrfToken(sessionSecret, session.sessionId);
    const body = passkeysPage({ ...(await about(session)), csrf, message });
    return { title: t().title, body, csrf, script: TOUCHING };
  }

  async function about(session: InboxSession): Promise<Pick<PasskeysPage, 'passkeys' | 'way'>> {
    if (store === null || challenges === null) return { passkeys: [], way: { problem: t().problems.store } };
    const { tenant, approver, sessionId } = session;
    const passkeys = await store.passkeys.list(tenant, approver.id);
    if ('problem' in party) return { passkeys, way: { problem: t().problems[party.problem] } };
    if (!isFresh(session)) {
      const signIn = identityProvider && `/inbox/sign-in?to=/inbox/passkeys&max_age=${FRESH_MS / 1_000}`;
      return { passkeys, way: { signIn } };
    }
    const { challenge, token } = challenges.issue(purposeOf(session), sessionId);
    const asked: Asked = {
      create: {
        ...{ challenge, rp: { id: party.id, name: 'Countersign' } },
        user: { id: handleOf(session), name: approver.id, displayName: session.name ?? approver.id },
        pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
        excludeCredentials: passkeys.map(({ credentialId: id, transports }) => {
          return { type: 'public-key', id, transports };
        }),
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
        ...{ attestation: 'none', timeout: 300_000 },
      },
    };
    return { passkeys, way: { asked, token } };
  }

  function isFresh({ authenticated }: InboxSession): boolean {
    const ageMs = clock() - Date.parse(authenticated.at ?? '');
    return ageMs <= FRESH_MS; // false too where nobody knows
  }
}

const t = () => words().passkeys;

/** COSE: EdDSA, ES256, RS256. */
const ALGORITHMS = [-8, -7, -257];

function purposeOf({ tenant, approver }: InboxSession) {
  return { for: 'registration', tenant, person: approver.id } as const;
}

/** Names the person to the authenticator, which must learn no more than that it is the same one. */
function handleOf({ tenant, approver }: InboxSession): string {
  return createHash('sha256')
    .update(JSON.stringify([tenant, approver.id]))
    .digest('base64url');
}
