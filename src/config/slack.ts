import { z } from 'zod';

import { publicUrlConfig } from './gateway.ts';
import { ConfigError, createReader, environment, webUrl, type Environment } from './variables.ts';

const read = createReader({
  COUNTERSIGN_SLACK_BOT_TOKEN: [
    z
      .string()
      .regex(/^xoxb-[\x21-\x7e]+$/)
      .optional(),
    'the bot token of the Slack app, which begins with "xoxb-"',
    {
      by: ['worker', 'gateway'],
      does: 'sends [notices in Slack](../guides/slack.md), and answers clicks there',
      unset: 'nobody is told in Slack',
    },
  ],
  COUNTERSIGN_SLACK_SIGNING_SECRET: [
    z
      .string()
      .regex(/^[\x21-\x7e]{16,200}$/)
      .optional(),
    'the signing secret of the Slack app, from its page "Basic Information"',
    {
      by: ['gateway'],
      does: 'proves that requests at `POST /slack/interactions` are from Slack',
      unset: 'there is no such route',
    },
  ],
  COUNTERSIGN_SLACK_APP_TOKEN: [
    z
      .string()
      .regex(/^xapp-[\x21-\x7e]+$/)
      .optional(),
    'the app-level token of the Slack app with the scope connections:write, which begins with "xapp-"',
    {
      by: ['gateway'],
      does: 'takes clicks by Socket Mode, so that Slack need not reach the gateway',
      unset: 'Slack calls the route',
    },
  ],
  COUNTERSIGN_SLACK_API_URL: [
    webUrl.optional(),
    "the base URL of Slack's methods, such as https://slack-gov.com/api/",
    { by: ['worker', 'gateway'], does: 'where the methods of Slack are', unset: '`https://slack.com/api/`' },
  ],
});

/** How messages are sent in Slack; null for not. */
export function slackConfig(from: Environment = environment) {
  const token = read(from, 'COUNTERSIGN_SLACK_BOT_TOKEN');
  const url = read(from, 'COUNTERSIGN_SLACK_API_URL');
  if (token === undefined) return null;
  return { token, ...(url !== undefined && { apiUrl: `${url.replace(/\/+$/, '')}/` }) };
}

/** How a gateway is told of clicks in Slack; null for not. */
export function slackGatewayConfig(from: Environment = environment) {
  const sending = slackConfig(from);
  const signingSecret = read(from, 'COUNTERSIGN_SLACK_SIGNING_SECRET');
  const appToken = read(from, 'COUNTERSIGN_SLACK_APP_TOKEN');
  if (sending === null) {
    if (signingSecret === undefined && appToken === undefined) return null;
    const found = signingSecret === undefined ? 'APP_TOKEN' : 'SIGNING_SECRET';
    const because = `COUNTERSIGN_SLACK_${found} is set`;
    read.required(from, 'COUNTERSIGN_SLACK_BOT_TOKEN', because);
    return null;
  }
  if (signingSecret === undefined && appToken === undefined)
    throw new ConfigError(
      'COUNTERSIGN_SLACK_BOT_TOKEN is set, but nothing tells this gateway of clicks. Set COUNTERSIGN_SLACK_SIGNING_SECRET, or COUNTERSIGN_SLACK_APP_TOKEN for Socket Mode.',
    );
  publicUrlConfig(from, 'COUNTERSIGN_SLACK_BOT_TOKEN is set: cards link to the inbox');
  return {
    ...sending,
    ...(signingSecret !== undefined && { signingSecret }),
    ...(appToken !== undefined && { appToken }),
  };
}
