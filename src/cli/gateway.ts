import { randomBytes } from 'node:crypto';

import type { Command } from 'commander';

import { createClient } from '../client.ts';
import { createFileStore } from '../providers/files.ts';
import { createResponseOwner } from '../providers/responses/owner.ts';
import { howToCall } from '../contracts/how-called.ts';
import {
  ConfigError,
  gatewayConfig,
  isTold,
  pushKeyConfig,
  signInConfig,
  slackGatewayConfig,
  storeConfig,
} from '../config.ts';
import { followApiKeys, followWebhookSources, startGateway } from '../gateway/app.ts';
import type { Store } from '../store/store.ts';
import { loadCheckpoints } from './files/checkpoints.ts';
import { loadKeys, publicKeysOf } from './files/signing-keys.ts';
import { endWithParent, tellReady } from './child-process.ts';
import { logEvent, runCommand, untilStopped } from './run-command.ts';
import { openServiceStore } from './service-store.ts';

export function addGatewayCommand(program: Command): void {
  program
    .command('gateway')
    .description('run the gateway: HTTP API, webhooks, inbox')
    .action(
      runCommand(async () => {
        const config = gatewayConfig();
        if (config.apiKeysFile === undefined) {
          throw new ConfigError(
            `COUNTERSIGN_API_KEYS is not set. Make a file with "${howToCall('keys create --file api-keys.json --tenant … --name … --scope …')}" and set it to that file.`,
          );
        }
        const oidc = signInConfig();
        const slack = slackGatewayConfig();
        const pushKey = pushKeyConfig();
        const { sessionSecret = randomBytes(32).toString('base64url'), publicUrl } = config;
        const { apiKey, baseURL } = config.provider;
        // Ids of files are signed: with a secret of this process alone they would be lost with it.
        const isStable = config.sessionSecret !== undefined;
        const files = apiKey !== undefined && isStable ? createFileStore({ apiKey, baseURL }) : undefined;
        const webhookSecrets = config.openaiWebhookSecrets;
        if (webhookSecrets !== undefined && apiKey === undefined) {
          throw new ConfigError(
            'COUNTERSIGN_OPENAI_WEBHOOK_SECRET is set, but OPENAI_API_KEY is not. Events name a response only; set the key, so that the gateway can look up whose it is.',
          );
        }
        const openai =
          webhookSecrets && apiKey !== undefined
            ? { webhookSecrets, ownerOf: createResponseOwner({ apiKey, baseURL }) }
            : undefined;
        const apiKeys = followApiKeys(config.apiKeysFile, {
          onChange: (keys) => logEvent('api_keys.changed', { keys }),
          onProblem: (message) =>
            logEvent('api_keys.refused', { message: `The keys of before stay in force: ${message}` }),
        });
        const webhooks =
          config.webhookSecretsFile === undefined
            ? null
            : followWebhookSources(config.webhookSecretsFile, {
                onChange: (sources) => logEvent('webhook_secrets.changed', { sources }),
                onProblem: (message) =>
                  logEvent('webhook_secrets.refused', {
                    message: `The secrets of before stay in force: ${message}`,
                  }),
              });
        const { signingKey, trustedKeys } = await loadKeys();
        const checkpoints = await loadCheckpoints();
        const client = await createClient({ ...config.temporal, ...(signingKey && { signingKey }) });
        let store: Store | undefined;
        try {
          store = await openServiceStore(storeConfig());
          const gateway = await startGateway({
            deps: {
              ...{ client, store },
              apiKeys: apiKeys.keys,
              webhookSources: webhooks?.sources ?? [],
              callbackHosts: config.callbackHosts,
              sessionSecret,
              ...(files && { files }),
              ...(openai && { openai }),
              ...(oidc && { oidc }),
              ...(slack && { slack }),
              ...(pushKey !== null && { pushKey }),
              isTold: isTold(),
              log: logEvent,
              publicKeys: publicKeysOf(signingKey, trustedKeys),
              ...(signingKey && { signingKey }),
              ...(checkpoints && { checkpoints }),
              ...(publicUrl === undefined ? {} : { publicUrl }),
            },
            host: config.host,
            port: config.port,
          });
          const stopped = untilStopped();
          endWithParent();
          logEvent('gateway.started', {
            url: gateway.url,
            keys: apiKeys.keys().length,
            webhookSources: webhooks?.sources().length ?? 0,
            files: files !== undefined,
            openaiEvents: openai !== undefined,
            signIn: oidc?.issuer ?? 'links',
            slack: slack === null ? null : 'appToken' in slack ? 'socket mode' : 'route',
            checkpoints: checkpoints?.sinks.map(({ place }) => place) ?? null,
          });
          if (config.sessionSecret === undefined) {
            logEvent('gateway.session_secret_missing', {
              message:
                'COUNTERSIGN_SESSION_SECRET is not set, so no inbox link can be made for this gateway.',
            });
          }
          tellReady({ url: gateway.url });
          await stopped;
          await gateway.close();
          logEvent('gateway.stopped');
        } finally {
          apiKeys.stop();
          webhooks?.stop();
          await client.close();
          await store?.close();
        }
      }),
    );
}
