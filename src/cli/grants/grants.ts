import type { Command } from 'commander';

import { shownGrant } from '../../contracts/approval/grant.ts';
import { visible } from '../../contracts/visible/visible.ts';
import { revokeGrant } from '../../record/grants.ts';
import { dim, red, say, tell } from '../output.ts';
import { withStore } from '../people/with-store.ts';
import { CommandError, runCommand } from '../run-command.ts';
import { personOf, withPerson, withTenant, type PersonOptions, type TenantOptions } from '../session.ts';

const MOST = 200;

/** Grants: calls that run without anybody being asked. They are kept in the store, so Temporal need not be up. */
export function addGrantsCommand(program: Command): void {
  const grants = program
    .command('grants')
    .description('decisions that let later calls through, and taking them back');

  withTenant(grants.command('list'))
    .description('those that have not ended')
    .addHelpText('after', '\nWith --json: {"grants", "more"}.')
    .action(
      runCommand((options: TenantOptions) =>
        withStore(options, async (store, tenant) => {
          const { grants, more } = await store.grants.list(tenant, { nowMs: Date.now(), limit: MOST });
          const all = grants.map(shownGrant);
          if (all.length === 0) say(`No grant holds in "${tenant}".`);
          for (const grant of all) {
            const taken =
              grant.revoked === undefined ? '' : `  ${red(`taken back by ${visible(grant.revoked.by)}`)}`;
            const { narrowerBy } = grant.terms;
            const less = narrowerBy.length === 0 ? '' : `, or less ${narrowerBy.join(', ')}`;
            say(
              `${grant.grantId}  ${visible(grant.tool)} ${visible(JSON.stringify(grant.arguments))}${visible(less)}`,
            );
            say(`  ${visible(grant.by.join(', '))}  ${dim(`until ${grant.until}`)}${taken}`);
          }
          if (more) say(dim('There are more. They move up as these end or are taken back.'));
          tell({ grants: all, more });
        }),
      ),
    );

  withPerson(withTenant(grants.command('revoke')), 'who takes it back')
    .description('take a grant back: people are asked again')
    .argument('<grantId>', 'the id of the approval that it was given with')
    .option('--reason <text>', 'why, for whoever asks later')
    .addHelpText('after', '\nIt holds at the next effect. With --json: the grant.')
    .action(
      runCommand((grantId: string, options: TenantOptions & PersonOptions & { reason?: string }) =>
        withStore(options, async (store, tenant) => {
          const { reason } = options;
          const by = personOf(options);
          const grant = await revokeGrant(store, tenant, grantId, { by, reason, nowMs: Date.now() });
          if (grant === null)
            throw new CommandError(
              `There is no grant ${grantId} in tenant "${tenant}". "countersign grants list" lists them.`,
              { exit: 'not-found', problem: 'grant-not-found' },
            );
          say(`The grant ${grantId} lets nothing through any more.`);
          tell(shownGrant(grant));
        }),
      ),
    );
}
