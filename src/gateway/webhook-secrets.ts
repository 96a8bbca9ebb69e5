import { z } from 'zod';

import { ApproverSchema, type Approver, type FieldProblem } from '../contracts/approval/decision.ts';
import { decodeWebhookSecret, WebhookSecretError } from '../contracts/webhooks/signature.ts';
import { TenantSchema } from './api-keys.ts';
import { followSettings, type FollowOptions } from './follow-settings.ts';
import { readSettingsFile } from './json-file.ts';

/**
 * Who may send decisions by webhook: the JSON file COUNTERSIGN_WEBHOOK_SECRETS names. A source belongs to one tenant and
 * vouches for the approvers it names; its entry may say which people and groups those can be. Several secrets of one source are all accepted, so a secret is rotated by adding the
 * new one, changing the sender, and removing the old one.
 */

const SecretSchema = z.string().superRefine((secret, context) => {
  try {
    decodeWebhookSecret(secret);
  } catch (error) {
    if (!(error instanceof WebhookSecretError)) throw error;
    context.addIssue({ code: 'custom', message: error.message.replace(/\.$/, '') });
  }
});

const SOURCE_RULE = '1 to 64 lower-case letters, digits or hyphens, beginning with a letter or digit';

const WebhookSourceSchema = z.strictObject({
  source: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, `must be ${SOURCE_RULE}`)
    .refine((source) => source !== 'openai', {
      message: "is reserved for OpenAI's own events (COUNTERSIGN_OPENAI_WEBHOOK_SECRET); use another name",
    }),
  tenant: TenantSchema,
  secrets: z
    .array(SecretSchema)
    .min(1, 'must hold at least one secret')
    .max(8, 'must hold at most 8 secrets'),
  /** The only people it may name; anybody without. */
  people: z.array(ApproverSchema.shape.id).min(1, 'must name at least one person, or be absent').optional(),
  /** The only groups that it may say its people belong to; any without. */
  groups: ApproverSchema.shape.groups,
});
/** A system whose signed webhooks may decide: its name, tenant, secrets, and whom it may name. */
export type WebhookSource = z.infer<typeof WebhookSourceSchema>;

/** Whom the source names without being allowed to: each with the field, what is allowed and the remedy. */
export function notAllowedToName(
  { source, people, groups }: WebhookSource,
  approver: Approver,
): FieldProblem[] {
  const remedy = (list: string) =>
    `Add it to "${list}" of the source "${source}" in COUNTERSIGN_WEBHOOK_SECRETS if it may.`;
  const oneOf = (names: readonly string[]) => (names.length === 0 ? 'absent' : `one of ${names.join(', ')}`);
  const problems: FieldProblem[] = [];
  if (people && !people.includes(approver.id)) {
    const message = `"${approver.id}" must be ${oneOf(people)}. ${remedy('people')}`;
    problems.push({ field: 'approver.id', message });
  }
  approver.groups?.forEach((group, index) => {
    if (groups === undefined || groups.includes(group)) return;
    const message = `"${group}" must be ${oneOf(groups)}. ${remedy('groups')}`;
    problems.push({ field: `approver.groups.${index}`, message });
  });
  return problems;
}

/** Sources that stand, or the ones of this moment. */
export type WebhookSources = readonly WebhookSource[] | (() => readonly WebhookSource[]);

export const WebhookSourcesSchema = z.array(WebhookSourceSchema).superRefine((sources, context) => {
  sources.forEach(({ source }, index) => {
    if (sources.findIndex((other) => other.source === source) < index) {
      const message = `"${source}" is listed twice; put both secrets into one entry`;
      context.addIssue({ code: 'custom', path: [index, 'source'], message });
    }
  });
});

/**
 * Reads the file of webhook secrets.
 *
 * @throws SettingsFileError naming the file, the field and the remedy, for example a secret of fewer than 24 bytes.
 */
export function readWebhookSources(file: string): WebhookSource[] {
  const remedy =
    'COUNTERSIGN_WEBHOOK_SECRETS names a file {"sources": [{"source", "tenant", "secrets": ["whsec_…"]}]}.';
  return readSettingsFile(file, z.strictObject({ sources: WebhookSourcesSchema }), remedy).sources;
}

/**
 * The sources of a file as it is now: a secret that is taken out stops working without a restart.
 *
 * @throws SettingsFileError when the file cannot be read at first
 */
export function followWebhookSources(file: string, options: FollowOptions) {
  const { now, stop } = followSettings(() => readWebhookSources(file), options);
  return { sources: now, stop };
}
