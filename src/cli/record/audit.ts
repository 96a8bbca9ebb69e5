import { shownToKept } from '../../record/from-temporal.ts';
import { audit } from '../../record/audit.ts';
import type { Store } from '../../store/store.ts';
import { loadKeys } from '../files/signing-keys.ts';
import { EXIT_CODES } from '../errors/exit-codes.ts';
import { green, isJson, red, say, tell } from '../output.ts';
import { withClient, type TenantOptions } from '../session.ts';

/** Says what the record and Temporal do not agree on. */
export async function auditRecord(store: Store, options: TenantOptions): Promise<void> {
  const { trustedKeys: keys } = await loadKeys();
  const found = await withClient(options, (client, tenant) =>
    audit(store, tenant, shownToKept(client.eachApproval(tenant)), { nowMs: Date.now(), keys }),
  );
  const { approvals, skipped, entries, discrepancies } = found;
  tell({ ok: discrepancies.length === 0, ...found });
  if (!isJson()) {
    say(`${approvals} approvals of Temporal, ${entries} entries of the record; ${skipped} not compared.`);
    for (const { kind, approvalId, message } of discrepancies)
      say(red(`✗ ${kind}, approval ${approvalId}: ${message}`));
    if (discrepancies.length === 0) say(green('✓ They agree.'));
  }
  if (discrepancies.length > 0) process.exitCode = EXIT_CODES.unexpected.code;
}
