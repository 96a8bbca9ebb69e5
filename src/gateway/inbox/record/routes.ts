import type { Entry } from '@countersign/receipts';
import { Hono } from 'hono';

import { isApprovalId } from '../../../contracts/ids.ts';
import { StoreUnavailableError } from '../../../store/errors.ts';
import type { GatewayEnv, GatewayParts, GatewayRecord } from '../../gateway-env.ts';
import { TURN_BYTES } from '../../memory.ts';
import { Problem } from '../../problem.ts';
import { approvalNotFound } from '../../receipt-problem.ts';
import { createSignedIn } from '../../sign-in/signed-in.ts';
import { csrfToken } from '../csrf.ts';
import { page } from '../layout.ts';
import { recordPage, type RecordSeen, type ShownEntry } from './page.ts';
import { words } from '../strings/words.ts';

/** Entries on one page: refused attempts may be many. */
const MOST_SHOWN = 200;
/** The arguments stand on the card. */
const TEXTS = ['reason', 'note', 'response', 'output'];

/** The record of an approval for whoever is signed in. It needs the store alone: Temporal may have forgotten the approval. */
export function createInboxRecordRoutes(parts: GatewayParts): Hono<GatewayEnv> {
  const { client, record, sessionSecret, log } = parts;
  const { signedIn } = createSignedIn(parts);
  const app = new Hono<GatewayEnv>();

  app.get('/inbox/approvals/:approvalId/record', signedIn, async (c) => {
    const approvalId = c.req.param('approvalId');
    if (!isApprovalId(approvalId)) throw approvalNotFound();
    const { tenant, sessionId } = c.var.session;
    await c.var.hold(TURN_BYTES);
    const seen = await look(tenant, approvalId);
    if (seen.kind !== 'entries' && (await client.getApproval(tenant, approvalId)) === null)
      throw approvalNotFound();
    if (seen.kind === 'down') c.header('retry-after', '5');
    return page(c, {
      title: words().record.title,
      body: recordPage(approvalId, seen),
      csrf: csrfToken(sessionSecret, sessionId),
      status: seen.kind === 'down' ? 503 : 200,
    });
  });

  app.get('/inbox/approvals/:approvalId/receipt', signedIn, async (c) => {
    const approvalId = c.req.param('approvalId');
    if (!isApprovalId(approvalId)) throw approvalNotFound();
    if (record === null) throw new Problem('record-not-configured', words().record.noReceipt);
    await c.var.hold(TURN_BYTES);
    const receipt = await record.proofs.receipt(c.var.session.tenant, approvalId);
    if (receipt === null) throw approvalNotFound();
    c.header('cache-control', 'no-store');
    c.header('content-disposition', `attachment; filename="${approvalId}.receipt.json"`);
    return c.json(receipt);
  });

  return app;

  async function look(tenant: string, approvalId: string): Promise<RecordSeen> {
    if (record === null) return { kind: 'absent' };
    try {
      const entries = await record.store.record.ofApproval(tenant, approvalId);
      if (entries.length === 0) return { kind: 'none' };
      const shown = await withTexts(record, tenant, entries.slice(0, MOST_SHOWN));
      const more = entries.length - shown.length;
      return { kind: 'entries', entries: shown, more, isSigned: record.proofs.isSigned };
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      log('record.unavailable', { approvalId, message: error.message });
      return { kind: 'down' };
    }
  }
}

async function withTexts(
  { store }: GatewayRecord,
  tenant: string,
  entries: readonly Entry[],
): Promise<ShownEntry[]> {
  const named = entries.map(({ contents = {} }) =>
    Object.entries(contents).filter(([name]) => TEXTS.includes(name)),
  );
  const digests = named.flat().map(([, digest]) => digest);
  const kept = new Map(
    (await store.record.contents(tenant, digests)).map(({ digest, content }) => [digest, content]),
  );
  return entries.map((entry, index) => ({
    entry,
    texts: Object.fromEntries((named[index] ?? []).map(([name, digest]) => [name, textOf(kept.get(digest))])),
  }));
}

function textOf(content: unknown): string | null {
  if (content === undefined) return null;
  return typeof content === 'string' ? content : JSON.stringify(content);
}
