import { z } from 'zod';

import { isTenant, ID_RULES } from '../../contracts/ids.ts';
import type { Identity } from './identity-provider.ts';
import type { OidcOptions } from './oidc-options.ts';
import { SignInRefused } from './sign-in-refused.ts';
import { words } from '../inbox/strings/words.ts';

const text = z.string().min(1);
const StandardSchema = z.object({
  iss: text,
  sub: text.max(255),
  sid: text.optional().catch(undefined),
  name: text.optional().catch(undefined),
  email: text.max(200).optional().catch(undefined),
  email_verified: z.union([z.boolean(), z.stringbool()]).optional().catch(undefined),
  auth_time: z.number().optional(),
  acr: text.optional().catch(undefined),
});

const MOST_GROUPS = 100;
const GroupsSchema = z.union([
  z.array(text.max(200)).max(MOST_GROUPS),
  text.max(200).transform((one) => [one]),
]);

/**
 * Reads claims that were checked before.
 *
 * @throws SignInRefused when they name no tenant, or groups that nobody can compare.
 */
export function toIdentity(
  claims: Readonly<Record<string, unknown>>,
  { tenant, groupsClaim = 'groups' }: OidcOptions,
): Identity {
  const { iss, sub, sid, name, email, email_verified, auth_time, acr } = StandardSchema.parse(claims);
  const groups = claims[groupsClaim] === undefined ? undefined : groupsOf(claims[groupsClaim], groupsClaim);
  return {
    tenant: 'fixed' in tenant ? tenant.fixed : tenantOf(claims[tenant.claim], tenant.claim),
    issuer: iss,
    subject: sub,
    ...(sid !== undefined && { session: sid }),
    ...(name !== undefined && { name }),
    // Anybody may have written any other one into an account of theirs.
    ...(email !== undefined && email_verified === true && { mail: email }),
    ...(groups && { groups }),
    authenticated: {
      by: 'oidc',
      issuer: iss,
      ...(auth_time !== undefined && { at: new Date(auth_time * 1_000).toISOString() }),
      ...(acr !== undefined && { acr }),
    },
  };
}

function tenantOf(value: unknown, claim: string): string {
  if (typeof value === 'string' && isTenant(value)) return value;
  throw new SignInRefused('tenant', words().signIn.noTenant(claim, ID_RULES.tenant));
}

function groupsOf(value: unknown, claim: string): string[] {
  const parsed = GroupsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new SignInRefused('groups', words().signIn.groups(claim, MOST_GROUPS));
}
