import type { SlackApiOptions } from '../../notices/slack/api.ts';

/** How people decide in Slack: by the route, by Socket Mode, or both. */
export interface SlackOptions extends SlackApiOptions {
  /** Of the app: it signs what Slack sends to `POST /slack/interactions`. Without it there is no such route. */
  signingSecret?: string;
  /** Of the app, `xapp-…`: clicks come by Socket Mode, over a connection that the gateway opens. */
  appToken?: string;
}
