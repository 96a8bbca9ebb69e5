import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';

import { accessLog } from './access-log.ts';
import { toProblem } from './error-mapping.ts';
import type { Gateway, GatewayDeps, GatewayEnv } from './gateway-env.ts';
import { errorPage } from './inbox/error-page.ts';
import { createInboxGrantRoutes } from './inbox/grants/routes.ts';
import { createInboxRecordRoutes } from './inbox/record/routes.ts';
import { createInboxRoutes } from './inbox/routes.ts';
import { createLanguageRoutes, speakTheirs } from './inbox/strings/choice.ts';
import { holdMemory } from './memory.ts';
import { listen, type RunningGateway } from './listen.ts';
import { createPasskeyRoutes } from './passkeys/routes.ts';
import { startCheckpoints, toParts } from './parts.ts';
import { Problem, problemResponse } from './problem.ts';
import { createPushRoutes } from './push/routes.ts';
import { createApprovalRoutes } from './routes/approvals.ts';
import { createConversationRoutes } from './routes/conversations.ts';
import { createFileRoutes } from './routes/files.ts';
import { createGrantRoutes } from './routes/grants.ts';
import { createHandoverRoutes } from './routes/handover.ts';
import { createOpenAIWebhookRoutes } from './routes/openai-webhook.ts';
import { createKeyRoutes } from './routes/keys.ts';
import { addOpenApiRoute, createOperationRoutes } from './routes/operations.ts';
import { createRecordRoutes } from './routes/record.ts';
import { createRequestRoutes } from './routes/requests.ts';
import { createTurnRoutes } from './routes/turns.ts';
import { createWebhookRoutes } from './routes/webhooks.ts';
import { wordsOf } from './sign-in/oidc-routes.ts';
import { createSignInRoutes } from './sign-in/routes.ts';
import { startSlack } from './slack/slack.ts';
import { slowWrongCredentials } from './wrong-credentials.ts';

/**
 * Builds a gateway; no port is opened.
 *
 * @example
 * ```ts
 * import { createClient } from 'countersign/client';
 * import { createGateway, readApiKeys } from 'countersign/gateway';
 *
 * const client = await createClient({ connection: { address: '127.0.0.1:7233' }, namespace: 'default', taskQueue: 'countersign' });
 * const { app, drain } = createGateway({
 *   client,
 *   apiKeys: readApiKeys('api-keys.json'),
 *   sessionSecret: process.env.COUNTERSIGN_SESSION_SECRET ?? '',
 * });
 * const answer = await app.request('/healthz'); // or hand `app.fetch` to a server of yours
 * drain(); // before that server closes: long polls answer at once
 * ```
 *
 * @throws Error naming the option for a session secret that is too short, a webhook secret of fewer than 24 bytes, a public
 * URL that is none.
 */
export function createGateway(deps: GatewayDeps): Gateway {
  const draining = new AbortController();
  const parts = toParts(deps, draining.signal);
  const app = new OpenAPIHono<GatewayEnv>();

  app.use(accessLog(parts), slowWrongCredentials(parts), holdMemory());
  app.use('/inbox/*', speakTheirs(parts));
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c: Context<GatewayEnv>, methods) => {
        const allow = methods.join(', ');
        return answer(
          c,
          new Problem('method-not-allowed', `Allowed here: ${allow}.`, { headers: { allow } }),
        );
      },
    }),
  );
  app.route('/', createTurnRoutes(parts));
  app.route('/', createConversationRoutes(parts));
  app.route('/', createFileRoutes(parts));
  app.route('/', createApprovalRoutes(parts));
  app.route('/', createGrantRoutes(parts));
  app.route('/', createRecordRoutes(parts));
  app.route('/', createRequestRoutes(parts));
  app.route('/', createHandoverRoutes(parts));
  app.route('/', createOpenAIWebhookRoutes(parts)); // before those of any source
  app.route('/', createWebhookRoutes(parts));
  const slack = startSlack(parts);
  if (slack?.routes) app.route('/', slack.routes);
  app.route('/', createKeyRoutes(parts));
  app.route('/', createOperationRoutes(parts));
  app.route('/', createSignInRoutes(parts));
  app.route('/', createPasskeyRoutes(parts));
  app.route('/', createPushRoutes(parts));
  app.route('/', createInboxRoutes(parts));
  app.route('/', createLanguageRoutes(parts));
  app.route('/', createInboxRecordRoutes(parts));
  app.route('/', createInboxGrantRoutes(parts));
  addOpenApiRoute(app);

  app.notFound((c) => answer(c, new Problem('not-found', 'Nothing is served at this address.')));
  app.onError((error, c) => {
    const problem = toProblem(error);
    if (problem.status >= 500) {
      const { requestId } = c.var;
      parts.log('http.failed', {
        requestId,
        problem: problem.type,
        error: error.name,
        message: error.message,
      });
    }
    return answer(c, problem);
  });
  // A provider that cannot be reached now keeps nothing else from working.
  parts.identityProvider?.check().catch((error: unknown) => {
    parts.log('sign_in.provider_unavailable', { message: wordsOf(error) });
  });
  const ended = Promise.all([startCheckpoints(deps, parts, draining.signal), slack?.ended]).then(
    () => undefined,
  );
  return { app, drain: () => draining.abort(), ended };
}

/**
 * Builds a gateway and serves it.
 *
 * @example
 * ```ts
 * const gateway = await startGateway({ deps: { client, apiKeys, sessionSecret }, host: '127.0.0.1', port: 8080 });
 * console.log(gateway.url);
 * process.once('SIGTERM', () => void gateway.close().then(() => client.close()));
 * ```
 *
 * @param options.port - 0 takes a free one.
 * @param options.drainLimitMs - how long `close` waits for requests in flight; 10 s by default.
 * @throws ListenError when the host and port cannot be had.
 */
export async function startGateway(options: {
  deps: GatewayDeps;
  host: string;
  port: number;
  drainLimitMs?: number;
}): Promise<RunningGateway> {
  const { deps, host, port, drainLimitMs = 10_000 } = options;
  return listen(createGateway(deps), { host, port, drainLimitMs });
}

/** A page for a person in the inbox, a problem document for everybody else. */
function answer(c: Context<GatewayEnv>, problem: Problem): Response | Promise<Response> {
  const { path } = c.req;
  return path === '/inbox' || path.startsWith('/inbox/')
    ? errorPage(c, problem)
    : problemResponse(c, problem);
}

export {
  createApiKey,
  followApiKeys,
  readApiKeys,
  SCOPE_MEANINGS,
  SCOPES,
  type ApiKey,
  type ApiKeys,
  type Scope,
} from './api-keys.ts';
export { eventSink } from '../record/checkpoints/event-sink.ts';
export { fileSink } from '../record/checkpoints/file-sink.ts';
export { s3Sink, type S3Options } from '../record/checkpoints/s3-sink.ts';
export type { CheckpointSink, SentCheckpoint } from '../record/checkpoints/sink.ts';
export type { GatewayClient, GatewayDeps, GatewayEnv, Log } from './gateway-env.ts';
export type { OidcOptions } from './sign-in/oidc-options.ts';
export { createInboxLink } from './sign-in/link.ts';
export { SettingsFileError } from './json-file.ts';
export { ListenError, type RunningGateway } from './listen.ts';
export { followWebhookSources, readWebhookSources, type WebhookSource } from './webhook-secrets.ts';
