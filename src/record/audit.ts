import { verifyExport, type Entry, type Finding, type Keys } from '@countersign/receipts';

import type { AnyApproval } from '../contracts/approval/approval.ts';
import { factsOf } from '../contracts/recording/changes.ts';
import type { Store } from '../store/store.ts';
import { startedId, toEntry } from './entries.ts';
import { createProofs } from './proof.ts';

/** What the record and Temporal do not agree on, or what the record itself shows. */
export interface Discrepancy {
  kind: 'entry-missing' | 'entry-differs' | 'not-in-temporal' | Finding['kind'];
  approvalId: string;
  /** A sentence. */
  message: string;
}

export interface Audit {
  /** Approvals of Temporal that were compared. */
  approvals: number;
  /** From before the record began, or settled so lately that their entries may be on their way. */
  skipped: number;
  entries: number;
  discrepancies: Discrepancy[];
}

/** What has happened may travel for so long before it is written. */
const ON_ITS_WAY_MS = 60_000;

/**
 * Holds the record against what Temporal still keeps: every approval has its entries, every effect its approval.
 *
 * @param approvals - those that Temporal keeps, whatever became of them.
 * @param options.keys - trusted ones: every decision must have been signed by one of them.
 */
export async function audit(
  { record }: Pick<Store, 'record'>,
  tenant: string,
  approvals: AsyncIterable<AnyApproval>,
  options: { nowMs: number; keys?: Keys | undefined },
): Promise<Audit> {
  const { nowMs, keys } = options;
  const [first] = await record.entries(tenant, { limit: 1 });
  const beganMs = first === undefined ? Infinity : Date.parse(first.time);
  const found: Audit = { approvals: 0, skipped: 0, entries: 0, discrepancies: [] };
  for await (const approval of approvals) {
    const entries = await record.ofApproval(tenant, approval.approvalId);
    const isFromBefore = entries.length === 0 && Date.parse(approval.requestedAt) < beganMs;
    if (isFromBefore || nowMs - latestOf(approval) < ON_ITS_WAY_MS) found.skipped += 1;
    else {
      found.approvals += 1;
      found.discrepancies.push(...compare(tenant, approval, entries));
    }
  }
  // Nothing of it leaves this process, so nothing needs to be signed; with the keys attestations are looked at.
  const proofs = createProofs({ record }, { jwks: keys?.jwks });
  const report = await verifyExport(bytesOf(proofs.exportLines(tenant)));
  found.entries = report.entries;
  for (const { severity, kind, approvalId, message } of report.findings)
    if (severity === 'violation') found.discrepancies.push({ kind, approvalId, message });
  for (const { problem } of report.problems)
    found.discrepancies.push({ kind: 'entry-differs', approvalId: '', message: problem });
  return found;
}

/** When something happened to it last. */
function latestOf({ requestedAt, resolvedAt, parkedAt }: AnyApproval): number {
  return Math.max(
    ...[requestedAt, resolvedAt, parkedAt].map((at) => (at === undefined ? 0 : Date.parse(at))),
  );
}

function compare(tenant: string, approval: AnyApproval, entries: readonly Entry[]): Discrepancy[] {
  const { approvalId, outcome } = approval;
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const discrepancies: Discrepancy[] = [];
  for (const fact of factsOf(approval)) {
    // Where an operator has terminated the turn, nobody could tell the record.
    if (fact.is === 'cancelled') continue;
    const { entry: expected } = toEntry({ tenant }, fact);
    const kept = byId.get(expected.id);
    if (kept === undefined) {
      const message = `Temporal tells "${expected.kind}", and the record has no such entry.`;
      discrepancies.push({ kind: 'entry-missing', approvalId, message });
    } else if (kept.digest !== expected.digest || kept.status !== expected.status) {
      const message = `The entry "${expected.kind}" is about something else than Temporal tells.`;
      discrepancies.push({ kind: 'entry-differs', approvalId, message });
    }
  }
  const hasRun = outcome === 'executed' || outcome === 'failed' || outcome === 'unknown';
  const ends = [`ended:${approvalId}`, ...(outcome === 'executed' ? [startedId(approvalId)] : [])];
  for (const id of hasRun ? ends : []) {
    if (byId.has(id)) continue;
    const message = `Temporal tells that its action is ${outcome}, and the record has no entry "${id.split(':')[0]}".`;
    discrepancies.push({ kind: 'entry-missing', approvalId, message });
  }
  return discrepancies;
}

async function* bytesOf(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const line of lines) yield Buffer.from(line);
}
