import { storeConfig } from '../../config.ts';
import { toListed } from '../../contracts/approval/listed.ts';
import { APPROVAL_STATUSES } from '../../contracts/approval/status.ts';
import { visible } from '../../contracts/visible/visible.ts';
import { openStore } from '../../store/store.ts';
import { dim, say, tell } from '../output.ts';
import { tenantOf, type TenantOptions } from '../session.ts';
import { watchList } from '../watch.ts';

export const LISTED_STATUSES = [...APPROVAL_STATUSES, 'decided', 'all'];

interface Options extends TenantOptions {
  status?: string;
  tool?: string;
  text?: string;
  watch?: boolean;
}

/** What Temporal cannot list: what was decided, and what matches a search. */
export async function listFromStore({
  status = 'pending',
  tool,
  text,
  watch,
  ...of
}: Options): Promise<void> {
  const tenant = tenantOf(of);
  const statuses = APPROVAL_STATUSES.filter((one) => isAmong(status, one));
  const store = await openStore(storeConfig());
  const read = async () => {
    const page = await store.index.list({
      ...{ tenant, status: statuses, sort: status === 'pending' ? 'deadline' : 'newest' },
      ...(tool !== undefined && { tool }),
      ...(text !== undefined && { q: text }),
    });
    return { approvals: page.approvals.map(({ card }) => toListed(card)), more: page.next !== null };
  };
  const show = (page: Awaited<ReturnType<typeof read>>): void => {
    tell(page);
    if (page.approvals.length === 0) say(`There are no such approvals in tenant "${tenant}".`);
    for (const approval of page.approvals) {
      const { approvalId, tool: name, argumentsPreview, voted = [], resolvedAt } = approval;
      const when = resolvedAt ?? `until ${approval.deadline ?? 'decided'}`;
      say(`${approvalId}  ${approval.status}  ${visible(name)} ${visible(argumentsPreview)}  ${dim(when)}`);
      if (voted.length > 0)
        say(`  ${voted.map(({ by, decision }) => `${visible(by)}: ${decision}`).join('; ')}`);
    }
    if (page.more) say(dim('There are more; name a tool, or more words.'));
  };
  try {
    if (watch === true) await watchList(read, show);
    else show(await read());
  } finally {
    await store.close();
  }
}

function isAmong(asked: string, status: (typeof APPROVAL_STATUSES)[number]): boolean {
  if (asked === 'all') return true;
  return asked === 'decided' ? status !== 'pending' : asked === status;
}
