import { Hono, type Context } from 'hono';
import { z } from 'zod';

import { isPushPublicKey, isPushSecret, pushTarget } from '../../contracts/channels/push.ts';
import { limitBody } from '../bodies/request-body.ts';
import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { checkForm, csrfToken } from '../inbox/csrf.ts';
import { page } from '../inbox/layout.ts';
import { readForm } from '../inbox/read-form.ts';
import { words } from '../inbox/strings/words.ts';
import { createSignedIn } from '../sign-in/signed-in.ts';
import { iconPng } from './icon.ts';
import { notificationsPage, type NotificationsPage } from './page.ts';
import { SWITCHING } from './script.ts';
import { WORKER_SCRIPT } from './worker-script.ts';

const NAME_CHARACTERS = 100;
/** A person has a telephone, a desk, a tablet. */
const MOST = 20;
const BODY_BYTES = 16_384;
const DAY_SECONDS = 86_400;

/** What `PushSubscription.toJSON()` gives; browsers add to it. */
const SubscriptionSchema = z.looseObject({
  endpoint: z.string(),
  keys: z.looseObject({
    p256dh: z.string().refine(isPushPublicKey),
    auth: z.string().refine(isPushSecret),
  }),
});

/** The inbox as an app of a telephone, and the notifications of whoever is signed in. */
export function createPushRoutes(parts: GatewayParts): Hono<GatewayEnv> {
  const { store, pushKey, callbackHosts, sessionSecret, log } = parts;
  const { signedIn } = createSignedIn(parts);
  const app = new Hono<GatewayEnv>();
  const icons = new Map<number, Uint8Array<ArrayBuffer>>();

  app.get('/inbox/manifest.webmanifest', (c) =>
    asset(c, 'application/manifest+json', JSON.stringify(MANIFEST)),
  );
  for (const edge of EDGES)
    app.get(`/inbox/icon-${edge}.png`, (c) => {
      const icon = icons.get(edge) ?? iconPng(edge);
      icons.set(edge, icon);
      return asset(c, 'image/png', icon);
    });
  app.get('/inbox/push-worker.js', (c) => asset(c, 'text/javascript; charset=utf-8', WORKER_SCRIPT, 0));

  app.get('/inbox/notifications', signedIn, async (c) => {
    const done = c.req.query('done');
    const { isOn, isOff } = words().push;
    const message = done === 'on' ? isOn : done === 'off' ? isOff : null;
    return show(c, message === null ? undefined : { message, isGood: true });
  });

  app.post('/inbox/notifications', signedIn, limitBody(BODY_BYTES), async (c) => {
    const { tenant, approver, sessionId } = c.var.session;
    const form = await readForm(c.req);
    checkForm(c, parts, form, sessionId);
    const { push: t } = words();
    const refuse = (why: string) => show(c, { message: t.notOn(why), isGood: false }, 422);
    if (store === null || pushKey === null) return refuse(t.none);
    const subscription = subscriptionIn(form.get('subscription') ?? '');
    if (subscription === null) return refuse(t.noDevice);
    const { endpoint, keys } = subscription;
    const target = pushTarget(endpoint, callbackHosts);
    if (!target.ok) return refuse(t.address(target.message));
    if ((await store.devices.list(tenant, approver.id)).length >= MOST) return refuse(t.most(MOST));
    if ((await store.people.get(tenant, approver.id)) === null) return refuse(t.unknown);
    const name = (form.get('name') ?? '').trim().slice(0, NAME_CHARACTERS) || 'Device';
    await store.devices.put(tenant, { personId: approver.id, name, endpoint, keys });
    log('notifications.on', { requestId: c.var.requestId, tenant, approver: approver.id });
    return c.redirect('/inbox/notifications?done=on', 303);
  });

  app.post('/inbox/notifications/off', signedIn, limitBody(BODY_BYTES), async (c) => {
    const { tenant, approver, sessionId } = c.var.session;
    const form = await readForm(c.req);
    checkForm(c, parts, form, sessionId);
    await store?.devices.remove(tenant, approver.id, form.get('device') ?? '');
    log('notifications.off', { requestId: c.var.requestId, tenant, approver: approver.id });
    return c.redirect('/inbox/notifications?done=off', 303);
  });

  return app;

  async function show(c: Context<GatewayEnv>, told?: NotificationsPage['told'], status: 200 | 422 = 200) {
    const { session } = c.var;
    const csrf = csrfToken(sessionSecret, session.sessionId);
    const devices = (await store?.devices.list(session.tenant, session.approver.id)) ?? [];
    const body = notificationsPage({ devices, way: way(), csrf, told });
    return page(c, { title: words().push.title, body, csrf, status, script: SWITCHING, hasWorker: true });
  }

  function way(): NotificationsPage['way'] {
    if (store === null) return { problem: words().push.noStore };
    if (pushKey === null) return { problem: words().push.noKey };
    return { key: pushKey };
  }
}

const EDGES = [180, 192, 512] as const;
const MANIFEST = {
  ...{ name: 'Countersign', short_name: 'Countersign', id: '/inbox', start_url: '/inbox', scope: '/inbox' },
  ...{ display: 'standalone', background_color: '#ffffff', theme_color: '#0f6b5c' },
  icons: [192, 512].map((edge) => ({
    ...{ src: `/inbox/icon-${edge}.png`, sizes: `${edge}x${edge}`, type: 'image/png' },
    purpose: 'any maskable',
  })),
};

/** What every browser may have: it tells nothing of anybody. */
function asset(
  c: Context<GatewayEnv>,
  type: string,
  body: string | Uint8Array<ArrayBuffer>,
  seconds = DAY_SECONDS,
): Response {
  return c.body(body, 200, {
    'content-type': type,
    'cache-control': seconds === 0 ? 'no-cache' : `public, max-age=${seconds}`,
    'content-security-policy': "default-src 'none'",
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
  });
}

function subscriptionIn(text: string): z.output<typeof SubscriptionSchema> | null {
  try {
    return SubscriptionSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
