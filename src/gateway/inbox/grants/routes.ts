import { Hono } from 'hono';

import { isApprovalId } from '../../../contracts/ids.ts';
import { revokeGrant } from '../../../record/grants.ts';
import { limitBody } from '../../bodies/request-body.ts';
import type { GatewayEnv, GatewayParts } from '../../gateway-env.ts';
import { Problem } from '../../problem.ts';
import { createSignedIn } from '../../sign-in/signed-in.ts';
import { checkForm, csrfToken } from '../csrf.ts';
import { page } from '../layout.ts';
import { readForm } from '../read-form.ts';
import { grantsPage } from './page.ts';
import { words } from '../strings/words.ts';

const MOST_SHOWN = 200;

/** The grants that hold, for whoever is signed in; anybody who may decide may take one back, because that only asks people again. */
export function createInboxGrantRoutes(parts: GatewayParts): Hono<GatewayEnv> {
  const { store, clock, sessionSecret, maximumBodyBytes, identify, log } = parts;
  const { signedIn } = createSignedIn(parts);
  const app = new Hono<GatewayEnv>();

  app.get('/inbox/grants', signedIn, async (c) => {
    const { tenant, sessionId } = c.var.session;
    const list = store && (await store.grants.list(tenant, { nowMs: clock(), limit: MOST_SHOWN }));
    const csrf = csrfToken(sessionSecret, sessionId);
    return page(c, { title: words().grants.title, body: grantsPage(list, csrf), csrf });
  });

  app.post('/inbox/grants/:grantId/revoke', signedIn, limitBody(maximumBodyBytes), async (c) => {
    const { tenant, sessionId, approver } = c.var.session;
    const form = await readForm(c.req);
    checkForm(c, parts, form, sessionId);
    const grantId = c.req.param('grantId');
    const { approver: by } = await identify(tenant, approver);
    const taken =
      store === null || !isApprovalId(grantId)
        ? null
        : await revokeGrant(store, tenant, grantId, { by, nowMs: clock() });
    if (taken === null) throw new Problem('grant-not-found', words().grants.notFound);
    log('grant.revoked', { requestId: c.var.requestId, tenant, grantId, by: by.id });
    return c.redirect('/inbox/grants', 303);
  });

  return app;
}
