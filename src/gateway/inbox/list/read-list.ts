import type { GatewayParts } from '../../gateway-env.ts';
import type { CardPage } from '../../lists/lists.ts';
import type { InboxSession } from '../../sign-in/session.ts';
import { etagOf, type LivePage } from '../live/region.ts';
import { addressOf, filterOf, readShown, type Shown } from './view.ts';

/** One page of a list as somebody sees it. */
export interface SeenList {
  page: CardPage;
  shown: Shown;
  live: LivePage;
}

const [PAGE, PAGE_WITHOUT_STORE] = [50, 100];

/** Reads the page that an address asks for. */
export function createListReader({ lists, live }: GatewayParts) {
  return async (session: InboxSession, asked: Record<string, string>): Promise<SeenList> => {
    const { tenant, approver } = session;
    const shown = readShown(asked, lists.hasIndex);
    const limit = lists.hasIndex ? PAGE : PAGE_WITHOUT_STORE;
    const page = await lists.page({ tenant, reader: approver }, filterOf(shown), limit);
    const address = addressOf(shown, { cursor: shown.query.cursor });
    return {
      ...{ page, shown },
      live: {
        ...{ events: '/inbox/events', beatMs: live.beatMs },
        parts: address.replace('/inbox', '/inbox/parts'),
        etag: etagOf(page, shown),
      },
    };
  };
}
