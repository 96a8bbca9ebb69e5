import type { Hono } from 'hono';

import { ChannelError } from '../../notices/channel.ts';
import { createSlackApi } from '../../notices/slack/api.ts';
import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { createInteractions } from './interactions.ts';
import { createSlackRoutes } from './routes.ts';
import { takeFromSocket } from './socket.ts';

/** Lets people decide in Slack. A token that Slack refuses is told at once, and keeps nothing else from working. */
export function startSlack(
  parts: GatewayParts,
): { routes: Hono<GatewayEnv> | null; ended: Promise<void> } | null {
  const { slack, store, publicUrl, log, draining: signal } = parts;
  if (slack === null) return null;
  if (store === null) throw new Error('slack needs a store, which has the people: open one with openStore.');
  if (publicUrl === null)
    throw new Error(
      'slack needs a publicUrl, where its cards lead, such as https://countersign.example.com.',
    );
  const { signingSecret, appToken, apiUrl } = slack;
  if (signingSecret === undefined && appToken === undefined)
    throw new Error('slack needs a signingSecret, or an appToken for Socket Mode: else no click arrives.');
  const api = createSlackApi(slack);
  const { answer } = createInteractions(parts, { store, api, publicUrl: publicUrl.href });
  api.bot().catch((error: unknown) => {
    log('slack.unusable', { problem: error instanceof ChannelError ? error.message : String(error) });
  });
  return {
    routes: signingSecret === undefined ? null : createSlackRoutes(parts, { signingSecret, answer }),
    ended:
      appToken === undefined
        ? Promise.resolve()
        : takeFromSocket({ appToken, apiUrl }, { answer, log, signal }),
  };
}
