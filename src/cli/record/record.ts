import type { Command } from 'commander';

import { storeConfig } from '../../config.ts';
import { openStore, type Store } from '../../store/store.ts';
import { CommandError, runCommand } from '../run-command.ts';
import { tenantOf, withTenant, type TenantOptions } from '../session.ts';
import { eraseContents } from './erase.ts';
import { exportRecord } from './export.ts';
import { auditRecord } from './audit.ts';
import { rebuildIndex } from './rebuild-index.ts';
import { verifyRecord } from './verify.ts';

export function addRecordCommand(program: Command): void {
  const record = program.command('record').description('what happened to approvals: take it out, verify it');

  withTenant(record.command('export'))
    .description('write entries with their proofs, so that anybody can verify them')
    .option('--since <time>', 'ISO 8601, inclusive; all entries without it')
    .option('--until <time>', 'ISO 8601, exclusive')
    .option('--out <file>', 'write the export there; standard output without it')
    .option('--csv <file>', 'write the entries there as a table for people')
    .action(
      runCommand(async (options: ExportOptions) => {
        const time = { ...toTime('since', options.since), ...toTime('until', options.until) };
        await withStore((store) => exportRecord(store, tenantOf(options), { ...options, ...time }));
      }),
    );

  record
    .command('verify <file>')
    .description('verify an export or a receipt; needs no network and no store')
    .option('--keys <file>', 'the public keys of the gateways, a JWKS that you got from elsewhere')
    .option(
      '--checkpoints <file>',
      'checkpoints that were kept elsewhere: shows what was taken away or changed since',
    )
    .action(
      runCommand((file: string, options: { keys?: string; checkpoints?: string }) =>
        verifyRecord(file, options),
      ),
    );

  withTenant(record.command('erase <approval>'))
    .description('erase what was written about an approval; its entries and their proofs stay')
    .addHelpText(
      'after',
      '\nIt erases arguments, notes, responses, reasons and outputs, for good. A text that another approval has as well is gone there, too. With --json: {"tenant", "approvalId", "erased"}.',
    )
    .action(
      runCommand((approvalId: string, options: TenantOptions) =>
        withStore((store) => eraseContents(store, tenantOf(options), approvalId)),
      ),
    );

  withTenant(record.command('audit'))
    .description('hold the record against Temporal: every settled approval has its entries')
    .action(
      runCommand(async (options: TenantOptions) => {
        await withStore((store) => auditRecord(store, options));
      }),
    );

  withTenant(record.command('rebuild-index'))
    .description('write the index of approvals again from Temporal, after its database was lost')
    .action(
      runCommand(async (options: TenantOptions) => {
        await withStore((store) => rebuildIndex(store, options));
      }),
    );
}

interface ExportOptions extends TenantOptions {
  since?: string;
  until?: string;
  out?: string;
  csv?: string;
}

async function withStore(work: (store: Store) => Promise<void>): Promise<void> {
  const store = await openStore(storeConfig());
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

function toTime(name: 'since' | 'until', text: string | undefined): Record<string, string> {
  if (text === undefined) return {};
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms))
    throw new CommandError(`--${name} "${text}" must be a time such as 2026-03-01 or 2026-03-01T09:30:00Z.`);
  return { [name]: new Date(ms).toISOString() };
}
