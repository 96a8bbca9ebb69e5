import { z } from 'zod';

import { ApproverSchema } from '../../contracts/approval/decision.ts';
import type { Authenticated } from '../../contracts/approval/rule.ts';

const AuthenticatedSchema = z.object({
  by: z.enum(['oidc', 'link']),
  issuer: z.string().exactOptional(),
  at: z.string().exactOptional(),
  acr: z.string().exactOptional(),
}) satisfies z.ZodType<Authenticated>;

/** What a session keeps of a person. */
export const KeptSchema = z.object({ approver: ApproverSchema, authenticated: AuthenticatedSchema });
