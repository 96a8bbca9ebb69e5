import { describeReport, readKeys, verifyReceipt, type Entry, type Jwks } from '@countersign/receipts';

import { visible } from '../../contracts/visible/visible.ts';
import { dim, green, say } from '../output.ts';
import { CommandError } from '../run-command.ts';
import type { DemoApi } from './api.ts';

/**
 * Shows what proves afterwards who decided, and verifies it as an auditor would: by the file and the public keys alone.
 *
 * @throws CommandError when it does not verify.
 */
export async function showReceipt(
  api: Pick<DemoApi, 'readReceipt'>,
  approvalId: string,
  publicKeys: Jwks,
): Promise<void> {
  const receipt = await api.readReceipt(approvalId);
  const report = await verifyReceipt(receipt, { keys: await readKeys(publicKeys) });
  if (!report.ok) throw new CommandError(`The receipt does not verify.\n${describeReport(report)}`);
  say();
  say(`Receipt       ${green(`${report.entries} entries, signed, verified offline`)}`);
  const steps = receipt.entries.map(({ entry }) => stepOf(entry));
  say(`              ${dim(steps.join(', '))}`);
}

function stepOf({ kind, person }: Entry): string {
  return person === undefined ? kind : `${kind} by ${visible(person.id)}`;
}
