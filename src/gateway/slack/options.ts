import type { SlackApiOptions } from '../../notices/slack/api.ts';

/** How people decide in Slack. */
export interface SlackOptions extends SlackApiOptions {
  /** Of the app: it signs what Slack sends to `POST /slack/interactions`. */
  signingSecret: string;
}
