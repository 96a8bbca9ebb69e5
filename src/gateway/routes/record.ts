import type { Entry } from '@countersign/receipts';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import { isApprovalId } from '../../contracts/ids.ts';
import { requireScope } from '../auth.ts';
import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { apiKeyWith, json, problems } from '../openapi.ts';
import { ApprovalParams, wholeNumber } from '../parameters.ts';
import { Problem } from '../problem.ts';
import { refuseInvalid } from '../validation.ts';

const instant = z.iso
  .datetime({ offset: true, error: 'must be an ISO 8601 time, such as 2026-03-01T00:00:00Z' })
  .transform((text) => new Date(text).toISOString())
  .optional();

const EntryDocument = z
  .looseObject({
    sequence: z.number().int(),
    time: z.string().openapi({ format: 'date-time' }),
    kind: z.string().openapi({ example: 'voted' }),
    id: z.string(),
  })
  .openapi('Entry', { description: 'An entry as @countersign/receipts describes it.' });

const RecordPageDocument = z
  .object({
    entries: z.array(EntryDocument),
    next: z.string().nullable().openapi({ description: 'The cursor of the next page; null after the last.' }),
  })
  .openapi('RecordPage');

const ReceiptDocument = z
  .looseObject({ type: z.literal('countersign-receipt'), approvalId: z.string() })
  .openapi('RecordReceipt', { description: 'Verify it with `receipts verify FILE`.' });

/** The record (`record:read`): entries in their order, and what proves one approval's. */
export function createRecordRoutes({ apiKeys, record }: GatewayParts): OpenAPIHono<GatewayEnv> {
  const app = new OpenAPIHono<GatewayEnv>({ defaultHook: refuseInvalid });
  const recordRead = requireScope(apiKeys, 'record:read');
  const security = apiKeyWith('record:read');

  const listEntries = createRoute({
    method: 'get',
    path: '/v1/record',
    operationId: 'listRecord',
    summary: 'Read the record',
    tags: ['record'],
    security,
    middleware: [recordRead],
    request: {
      query: z.object({
        since: instant.openapi({ type: 'string', format: 'date-time', description: 'Inclusive.' }),
        until: instant.openapi({ type: 'string', format: 'date-time', description: 'Exclusive.' }),
        approvalId: z.string().optional(),
        cursor: z
          .string()
          .regex(/^\d{1,15}$/, 'must be `next` of the page before')
          .transform(Number)
          .optional()
          .openapi({ type: 'string' }),
        limit: wholeNumber(1, 500, 100),
      }),
    },
    responses: {
      200: json('Entries in their order.', RecordPageDocument),
      ...problems(400, 401, 403, 429, 501, 503),
    },
  });
  app.openapi(listEntries, async (c) => {
    const { since, until, approvalId, cursor = 0, limit } = c.req.valid('query');
    const { tenant } = c.var.apiKey;
    const { store } = requireRecord();
    const time = { ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
    // As numbers: a year of five digits stands before all others as a text.
    const [sinceMs, untilMs] = [Date.parse(since ?? ''), Date.parse(until ?? '')];
    const isIn = ({ time: at }: { time: string }) => !(Date.parse(at) < sinceMs || Date.parse(at) >= untilMs);
    if (approvalId !== undefined) {
      const found = await store.record.ofApproval(tenant, approvalId);
      const rest = found.filter((entry) => entry.sequence >= cursor && isIn(entry));
      return c.json(listed(rest.slice(0, limit), nextOf(rest[limit])), 200);
    }
    const isAll = since === undefined && until === undefined;
    const range: { from: number; to?: number } = isAll
      ? { from: 0 }
      : await store.record.between(tenant, time);
    const within = { ...range, from: Math.max(range.from, cursor), limit: limit + 1 };
    const page = await store.record.entries(tenant, within);
    return c.json(listed(page.slice(0, limit).filter(isIn), nextOf(page[limit])), 200);
  });

  const getReceipt = createRoute({
    method: 'get',
    path: '/v1/record/approvals/{approvalId}',
    operationId: 'getReceipt',
    summary: 'Read the receipt of an approval',
    description: 'Its entries, each with a proof that it is in the record, and the checkpoint they lead to.',
    tags: ['record'],
    security,
    middleware: [recordRead],
    request: { params: ApprovalParams },
    responses: {
      200: json('The receipt.', ReceiptDocument),
      ...problems(401, 403, 404, 429, 501, 503),
    },
  });
  app.openapi(getReceipt, async (c) => {
    const { approvalId } = c.req.valid('param');
    const { proofs } = requireRecord();
    const known = isApprovalId(approvalId);
    const receipt = known ? await proofs.receipt(c.var.apiKey.tenant, approvalId) : null;
    if (receipt === null)
      throw new Problem('approval-not-found', 'The record of this tenant has no such approval.');
    return c.json(receipt as never, 200);
  });

  return app;

  function requireRecord(): NonNullable<GatewayParts['record']> {
    if (record !== null) return record;
    throw new Problem('record-not-configured', 'This gateway has no store. Set COUNTERSIGN_DATABASE_URL.');
  }
}

/** Typed as the document that it is: optional fields of an entry are absent, never undefined. */
function listed(entries: readonly Entry[], next: string | null): never {
  return { entries, next } as never;
}

function nextOf(entry: { sequence: number } | undefined): string | null {
  return entry === undefined ? null : String(entry.sequence);
}
