import { createReader, environment, nonEmpty, type Environment } from './variables.ts';

const read = createReader({
  COUNTERSIGN_TEAMS_WEBHOOKS: [
    nonEmpty
      .refine((text) => !text.startsWith('http:') && (!text.startsWith('https:') || URL.canParse(text)))
      .optional(),
    'the https URL of a webhook of Teams, or the path of a JSON file with several: [{"name", "url", "tenants"?, "groups"?}]',
    {
      by: ['worker'],
      does: 'the [channels of Teams](../guides/notices.md#teams) that are told: a URL, or a file of several',
      unset: 'nobody is told in Teams',
    },
  ],
});

/** Which channels of Teams are told; null for none. */
export function teamsConfig(from: Environment = environment): { url: string } | { file: string } | null {
  const found = read(from, 'COUNTERSIGN_TEAMS_WEBHOOKS');
  if (found === undefined) return null;
  return found.startsWith('https:') ? { url: found } : { file: found };
}
