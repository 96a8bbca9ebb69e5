import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

import { z } from 'zod';

import { ApproverSchema } from '../contracts/approval/decision.ts';
import { RequestRulesSchema, type RequestRules } from '../contracts/approval/rule-schema.ts';
import { howToCall } from '../contracts/how-called.ts';
import { ID_RULES, isTenant } from '../contracts/ids.ts';
import { followSettings, type FollowOptions } from './follow-settings.ts';
import { readSettingsFile } from './json-file.ts';

/**
 * API keys, kept as hashes in the JSON file COUNTERSIGN_API_KEYS names. A key belongs to one tenant. Who decides
 * with it is its person, or else the key itself by its name. Keys are 32 random bytes, so one round of SHA-256 is enough: there is nothing to guess.
 */

/** What an API key may do. A key has none of itself. */
export const SCOPE_MEANINGS = {
  'turns:write': 'start, read and cancel turns, list conversations, send files, ask for decisions',
  'approvals:read': 'list and read approvals, with their arguments',
  'approvals:decide': 'decide approvals, as the key’s name or its person',
  'record:read': 'read the record and its receipts, with what people wrote',
} as const;
export type Scope = keyof typeof SCOPE_MEANINGS;
export const SCOPES = Object.keys(SCOPE_MEANINGS) as [Scope, ...Scope[]];

export const TenantSchema = z.string().refine(isTenant, `must be ${ID_RULES.tenant}`);

const ApiKeySchema = z
  .strictObject({
    name: ApproverSchema.shape.id,
    tenant: TenantSchema,
    scopes: z.array(z.enum(SCOPES, { error: `must be one of ${SCOPES.join(', ')}` })).min(1),
    sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be the SHA-256 of the key as 64 lower-case hex digits'),
    groups: ApproverSchema.shape.groups,
    /** The one person who holds it. What it asks and decides is hers. */
    person: ApproverSchema.shape.id.optional(),
    /** Who must agree to what it asks by `POST /decisions`. */
    requests: RequestRulesSchema.optional(),
  })
  .superRefine(({ requests, scopes }, context) => {
    if (requests === undefined || scopes.includes('turns:write')) return;
    const message = 'has no effect: only a key with the scope "turns:write" asks for decisions';
    context.addIssue({ code: 'custom', path: ['requests'], message });
  });
/** An API key as its file holds it: the hash, never the key. */
export type ApiKey = z.infer<typeof ApiKeySchema>;

const ApiKeyFileSchema = z.strictObject({ keys: z.array(ApiKeySchema) }).superRefine(({ keys }, context) => {
  keys.forEach(({ sha256 }, index) => {
    const first = keys.findIndex((key) => key.sha256 === sha256);
    if (first < index) {
      const message = `is the same key as keys.${first}; create one key for each entry`;
      context.addIssue({ code: 'custom', path: ['keys', index, 'sha256'], message });
    }
  });
});

/**
 * Reads the file of API keys.
 *
 * @throws SettingsFileError naming the file, the field and the remedy.
 */
export function readApiKeys(file: string): ApiKey[] {
  const remedy = `Set COUNTERSIGN_API_KEYS to a file that "${howToCall('keys create')}" made.`;
  return readSettingsFile(file, ApiKeyFileSchema, remedy).keys;
}

/** Keys that stand, or the ones of this moment. */
export type ApiKeys = readonly ApiKey[] | (() => readonly ApiKey[]);

/**
 * The keys of a file as it is now: a key that is taken out stops working without a restart.
 *
 * @throws SettingsFileError when the file cannot be read at first
 */
export function followApiKeys(file: string, options: FollowOptions) {
  const { now, stop } = followSettings(() => readApiKeys(file), options);
  return { keys: now, stop };
}

/**
 * Makes a key. Show `key` once and keep only `entry`: the key cannot be found again.
 *
 * @throws z.ZodError for a name, tenant or scope that is not allowed.
 */
export function createApiKey(wanted: {
  name: string;
  tenant: string;
  scopes: Scope[];
  groups?: string[];
  person?: string;
  requests?: RequestRules;
}): { entry: ApiKey; key: string } {
  const key = `csk_${randomBytes(32).toString('base64url')}`;
  const entry = ApiKeySchema.parse({ ...wanted, sha256: sha256(key).toString('hex') });
  return { entry, key };
}

/** The entry of a key somebody presents. Every entry is compared, in constant time each. */
export function findApiKey(keys: ApiKeys, presented: string): ApiKey | undefined {
  const hash = sha256(presented);
  const standing = typeof keys === 'function' ? keys() : keys;
  const matching = standing.filter((entry) => timingSafeEqual(Buffer.from(entry.sha256, 'hex'), hash));
  return matching.at(0);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
