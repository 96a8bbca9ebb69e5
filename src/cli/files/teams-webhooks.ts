import { readSettingsFile } from '../../gateway/json-file.ts';
import type { TeamsOptions } from '../../notices/teams/teams.ts';
import { WebhookFileSchema } from '../../notices/teams/webhooks.ts';

/**
 * The webhooks of COUNTERSIGN_TEAMS_WEBHOOKS; null when it is not set.
 *
 * @throws SettingsFileError naming the file, the field and the remedy.
 */
export function loadTeams(config: { url: string } | { file: string } | null): TeamsOptions | null {
  if (config === null) return null;
  if ('url' in config) return { webhooks: [{ name: 'teams', url: config.url }] };
  const remedy = 'COUNTERSIGN_TEAMS_WEBHOOKS names it: [{"name", "url", "tenants"?, "groups"?}].';
  return { webhooks: readSettingsFile(config.file, WebhookFileSchema, remedy) };
}
