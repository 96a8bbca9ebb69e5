import { FILE_BYTES } from '../contracts/limits.ts';
import { keepCheckpoints } from '../record/checkpoints/keep.ts';
import { createProofs } from '../record/proof.ts';
import { createRecorder } from '../record/recorder.ts';
import { createRefusals } from '../record/refusals.ts';
import type { GatewayDeps, GatewayParts } from './gateway-env.ts';
import { createApprovalLists } from './lists/lists.ts';
import { createLive } from './live/live.ts';
import { createMetrics } from './metrics.ts';
import { asTheyCame, createDirectory } from './sign-in/directory.ts';
import { createIdentityProvider } from './sign-in/provider.ts';
import { createSessions } from './sign-in/sessions.ts';
import { WebhookSourcesSchema } from './webhook-secrets.ts';

/** What a gateway is made of: what it was given, checked, with defaults, and what its routes share. */

/** Of what a gateway writes, people are told of questions; a worker tells them. */
const TOLD = { hears: (kind: string): boolean => kind === 'requested' };

/** @throws Error naming the option that cannot be, or lacks another one. */
export function toParts(deps: GatewayDeps, draining: AbortSignal): GatewayParts {
  const {
    sessionSecret,
    publicUrl,
    maximumBodyBytes = 1_048_576,
    maximumFileBytes = FILE_BYTES,
    files = null,
    openai = null,
    slack = null,
    pushKey = null,
    store = null,
    clock = Date.now,
    callbackHosts = [],
    streamHeartbeatMs: heartbeatMs,
    publicKeys = { keys: [] },
    log = () => undefined,
  } = deps;
  if (sessionSecret.length < 32) {
    throw new Error(`sessionSecret has ${sessionSecret.length} characters; give it at least 32 random ones.`);
  }
  if (publicUrl !== undefined && !/^https?:$/.test(URL.parse(publicUrl)?.protocol ?? '')) {
    throw new Error('publicUrl must be an http or https URL, such as https://countersign.example.com.');
  }
  if (deps.oidc !== undefined && store === null) {
    throw new Error('oidc needs a store, for people and their sessions: open one with openStore.');
  }
  const webhookSources =
    typeof deps.webhookSources === 'function'
      ? deps.webhookSources
      : WebhookSourcesSchema.parse(deps.webhookSources ?? []);
  const metrics = createMetrics();
  const sessions = createSessions({ store, sessionSecret, clock });
  const ownKeys = publicKeys.keys.length > 0 && { jwks: publicKeys };
  return {
    ...deps,
    webhookSources,
    log,
    callbackHosts,
    publicKeys,
    maximumBodyBytes,
    maximumFileBytes,
    files,
    openai,
    slack,
    pushKey,
    store,
    record: store && {
      ...{ store, recorder: createRecorder(store, deps.isTold === true ? TOLD : undefined) },
      refusals: createRefusals(store, clock),
      proofs: createProofs(store, { key: deps.signingKey, ...ownKeys }, clock),
    },
    lists: createApprovalLists({ client: deps.client, store, log }),
    live: createLive(
      { client: deps.client, store, apiKeys: deps.apiKeys, sessions, draining, metrics },
      heartbeatMs,
    ),
    sessions,
    identityProvider: deps.oidc === undefined ? null : createIdentityProvider(deps.oidc),
    identify: store === null ? asTheyCame : createDirectory(store).identify,
    clock,
    publicUrl: publicUrl === undefined ? null : new URL(publicUrl),
    metrics,
    draining,
  };
}

/** Resolves when it has ended: at once where none are wanted. */
export function startCheckpoints(deps: GatewayDeps, parts: GatewayParts, signal: AbortSignal): Promise<void> {
  const { checkpoints, signingKey: key } = deps;
  const { store, clock, log, metrics } = parts;
  if (checkpoints === undefined) return Promise.resolve();
  if (store === null || key === undefined) {
    throw new Error(
      'checkpoints need a store and a signingKey: without them there is nothing to sign, or nobody.',
    );
  }
  const { everyMs, sinks = [] } = checkpoints;
  return keepCheckpoints({ store, key, everyMs, sinks, clock, log, metrics, signal });
}
