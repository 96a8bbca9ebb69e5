import { z } from 'zod';

import { ID_RULES, isName, isTenant } from '../../contracts/ids.ts';

const WebhookSchema = z.strictObject({
  name: z.string().refine(isName, `must be ${ID_RULES.name}`),
  url: z
    .string()
    .refine(isWebhookUrl, 'must be the https URL of a webhook, without a user name or a password'),
  tenants: z
    .array(z.string().refine(isTenant, `must be ${ID_RULES.tenant}`))
    .min(1)
    .optional(),
  groups: z.array(z.string().min(1).max(200)).min(1).optional(),
});

/**
 * A channel of Teams. Without `tenants` it is told of all of them; without `groups` of every question, with them of those that one of the
 * groups is asked or told. The URL is a secret: whoever has it can post there.
 */
export type TeamsWebhook = z.infer<typeof WebhookSchema>;

/** The file that COUNTERSIGN_TEAMS_WEBHOOKS names. */
export const WebhookFileSchema = z
  .array(WebhookSchema)
  .min(1)
  .superRefine((webhooks, context) => {
    webhooks.forEach(({ name }, index) => {
      const first = webhooks.findIndex((webhook) => webhook.name === name);
      const message = `is the name of ${first}, too; every webhook has its own`;
      if (first < index) context.addIssue({ code: 'custom', path: [index, 'name'], message });
    });
  });

/** Whether a text can be the URL of a webhook: encrypted, unless it stays on this machine. */
function isWebhookUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url?.username !== '' || url.password !== '') return false;
  const isHere = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  return url.protocol === 'https:' || (isHere && url.protocol === 'http:');
}

/** @param groups - those that are asked or told; null for anybody. */
export function isFor(
  { tenants, groups: own }: TeamsWebhook,
  { tenant, groups }: { tenant: string; groups: readonly string[] | null },
): boolean {
  return (tenants?.includes(tenant) ?? true) && (own?.some((group) => groups?.includes(group)) ?? true);
}
