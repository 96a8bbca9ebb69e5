import { createHash } from 'node:crypto';

import { defineSearchAttributeKey } from '@temporalio/common';

import { SEARCH_ATTRIBUTES } from './attributes.ts';

/** One of our search attributes, as the SDK takes it. */
export function searchKey<Name extends keyof typeof SEARCH_ATTRIBUTES>(name: Name) {
  return defineSearchAttributeKey(name, SEARCH_ATTRIBUTES[name]);
}

/**
 * A user as the value of a search attribute: 32 letters and digits that tell nobody who it is. Lists of keywords are searched by words with
 * some of Temporal's databases, so a name as it stands would be found in part, or be a query of its own.
 */
export function toUserKey(tenant: string, user: string): string {
  return createHash('sha256')
    .update(JSON.stringify([tenant, user]))
    .digest('hex')
    .slice(0, 32);
}
