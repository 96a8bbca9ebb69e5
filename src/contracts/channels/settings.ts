import type { ChannelName } from '../notice.ts';

/** What a worker is given to tell people by a channel. */
const SETTINGS: Readonly<Record<ChannelName, string>> = {
  mail: 'COUNTERSIGN_SMTP_URL and COUNTERSIGN_MAIL_FROM',
  slack: 'COUNTERSIGN_SLACK_BOT_TOKEN',
  push: 'COUNTERSIGN_VAPID_PUBLIC_KEY, COUNTERSIGN_VAPID_PRIVATE_KEY and COUNTERSIGN_VAPID_SUBJECT',
  teams: 'COUNTERSIGN_TEAMS_WEBHOOKS',
};

/**
 * Why people cannot be told by these channels, as the rest of a sentence about whoever names them, with the remedy.
 *
 * @returns null when all of them are configured.
 */
export function channelsProblem(
  named: readonly ChannelName[],
  configured: readonly ChannelName[],
): string | null {
  const missing = named.find((name) => !configured.includes(name));
  if (missing === undefined) return null;
  const allowed =
    configured.length === 0 ? 'No channel is configured' : `Configured: ${configured.join(', ')}`;
  return `names the channel "${missing}", which is not configured. ${allowed}. Set ${SETTINGS[missing]} for the worker, or take "${missing}" out.`;
}
