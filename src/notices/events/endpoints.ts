import { z } from 'zod';

import { callbackTarget } from '../../contracts/webhooks/callback-hosts.ts';
import { EVENT_TYPES, type EventType } from '../../contracts/events.ts';
import { ID_RULES, isName, isTenant } from '../../contracts/ids.ts';
import { decodeWebhookSecret } from '../../contracts/webhooks/signature.ts';

const EndpointSchema = z.strictObject({
  name: z.string().refine(isName, `must be ${ID_RULES.name}`),
  url: z.string(),
  secret: z
    .string()
    .refine(isSecret, 'must be "whsec_" and the base64 of 24 to 64 random bytes, in quotation marks'),
  tenants: z
    .array(z.string().refine(isTenant, `must be ${ID_RULES.tenant}`))
    .min(1)
    .optional(),
  kinds: z
    .array(z.enum(EVENT_TYPES, { error: `must be one of ${EVENT_TYPES.join(', ')}` }))
    .min(1)
    .optional(),
});

/** A program that is told of events. Without `tenants` it hears of all of them, without `kinds` of every kind. */
export type EventEndpoint = z.infer<typeof EndpointSchema>;

/** The file COUNTERSIGN_EVENT_ENDPOINTS names. */
export const EndpointFileSchema = z
  .array(EndpointSchema)
  .min(1)
  .superRefine((endpoints, context) => {
    endpoints.forEach(({ name }, index) => {
      const first = endpoints.findIndex((endpoint) => endpoint.name === name);
      const message = `is the name of ${first}, too; every endpoint has its own`;
      if (first < index) context.addIssue({ code: 'custom', path: [index, 'name'], message });
    });
  });

/** Whom events are sent to. */
export interface EventOptions {
  endpoints: readonly EventEndpoint[];
  /** Entries of COUNTERSIGN_CALLBACK_HOSTS (contracts/webhooks/callback-hosts.ts): no other host is called. */
  hosts: readonly string[];
}

/** The first endpoint that may not be called, as a sentence; null when all may. */
export function endpointProblem({ endpoints, hosts }: EventOptions): string | null {
  for (const { name, url } of endpoints) {
    const target = callbackTarget(url, hosts);
    if (!target.ok) return `The URL of the event endpoint "${name}" ${target.message}.`;
  }
  return null;
}

export function wants({ tenants, kinds }: EventEndpoint, tenant: string, type: EventType): boolean {
  return (tenants?.includes(tenant) ?? true) && (kinds?.includes(type) ?? true);
}

function isSecret(text: string): boolean {
  try {
    return decodeWebhookSecret(text).length > 0;
  } catch {
    return false;
  }
}
