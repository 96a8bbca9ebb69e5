import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { allow, DefinitionError, defineTool } from '../../../src/index.ts';

function define(parameters: z.ZodObject, identityFields?: Record<string, string>) {
  return defineTool({
    name: 'close_account',
    description: 'Close it.',
    parameters,
    policy: allow(),
    execute: () => 'Closed.',
    ...(identityFields && { identityFields }),
  });
}

const text = z.string();

describe('a field by which the model could say for whom it acts is refused at start', () => {
  test.each([
    'tenant',
    'tenantId',
    'tenant_id',
    'TENANT-ID',
    'currentTenant',
    'current_tenant_id',
    'customerTenant',
    'customerTenantId',
    'user',
    'userId',
    'user_id',
    'UserID',
    'currentUser',
    'currentUserId',
  ])('%s', (field) => {
    expect(() => define(z.strictObject({ [field]: text }))).toThrow(DefinitionError);
  });

  test('naming tool, field and remedy', () => {
    expect(() => define(z.strictObject({ orderId: text, userId: text.optional() }))).toThrow(
      `Tool "close_account": its field "userId" would let the model say for which tenant or user it acts. Remove it and read context.tenant or context.user in execute: they come from the turn's trusted context, never from the model's arguments. If the model may name it, say why: identityFields: { 'userId': '…' }.`,
    );
  });

  interface Node {
    user_id: string;
    children: Node[];
  }
  const node: z.ZodType<Node> = z.strictObject({
    user_id: text,
    get children() {
      return z.array(node);
    },
  });

  test.each<[string, z.ZodType, string]>([
    ['an object', z.strictObject({ tenantId: text }), 'of.tenantId'],
    ['a list', z.array(z.strictObject({ user: text })), 'of.user'],
    ['a tuple', z.tuple([z.strictObject({ user: text })]), 'of.user'],
    ['one of several shapes', z.union([text, z.strictObject({ userId: text })]), 'of.userId'],
    ['a default', z.strictObject({ userId: text }).default({ userId: 'u-1' }), 'of.userId'],
    ['an intersection', z.intersection(z.object({ a: text }), z.object({ user: text })), 'of.user'],
    ['the values of a record', z.record(text, z.strictObject({ tenant: text })), 'of.tenant'],
    ['the named keys of a record', z.record(z.enum(['tenant', 'shop']), text), 'of.tenant'],
    ['a shape that contains itself', node, 'of.user_id'],
  ])('inside %s', (_where, of, field) => {
    expect(() => define(z.strictObject({ of }))).toThrow(`its field "${field}"`);
    expect(() => define(z.strictObject({ of }), { [field]: 'It is whom it is about.' })).not.toThrow();
  });
});

describe('a tool may say why', () => {
  const both = z.strictObject({ userId: text, owner: z.strictObject({ userId: text }) });

  test('for each field by its path', () => {
    const why = 'Whose account is closed.';
    expect(() => define(both, { userId: why, 'owner.userId': why })).not.toThrow();
    expect(() => define(both, { userId: why })).toThrow('its field "owner.userId"');
  });

  test('but not with an empty reason, and not for a field that is not there', () => {
    expect(() => define(z.strictObject({ userId: text }), { userId: ' ' })).toThrow('gives no reason');
    expect(() => define(z.strictObject({ orderId: text }), { userId: 'Why not.' })).toThrow(
      'identityFields names "userId"',
    );
  });
});

test.each(['customerId', 'accountId', 'username', 'users', 'userAgent', 'tenants', 'superuser', 'default'])(
  'a field that is merely like one is fine: %s',
  (field) => {
    expect(() => define(z.strictObject({ [field]: text }))).not.toThrow();
  },
);
