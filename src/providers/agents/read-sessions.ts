import type OpenAI from 'openai';

import type { RunReference } from '../../contracts/run.ts';
import { ask } from '../openai-client.ts';
import { itemsOf as itemsOn, listed, requireReadable } from '../readable.ts';
import { parseItem, parseSession, parseTurn, type Item, type Session, type Turn } from './body.ts';
import { STAMP } from './keys.ts';

/** Reads sessions, their turns and items, each parsed. @throws a typed failure for an answer that cannot be read. */
export function createSessionReader(sessions: OpenAI['beta']['agents']['sessions']) {
  const retrieveSession = (id: string): Promise<Session> =>
    ask('show the session', async () => {
      const body: unknown = await sessions.retrieve(id);
      requireReadable('show the session', body);
      return parseSession(body);
    });

  const retrieveTurn = (sessionId: string, turnId: string): Promise<Turn> =>
    ask('show the turn', async () => {
      const body: unknown = await sessions.turns.retrieve(turnId, { session_id: sessionId });
      requireReadable('show the turn', body);
      return parseTurn(body);
    });

  /** The session's own turns, those of subagents left out: the first that fits. */
  const findTurn = (
    sessionId: string,
    query: { order: 'asc' | 'desc'; after?: string },
  ): Promise<Turn | null> =>
    ask('list the turns of the session', async () => {
      const turns = sessions.turns.list(sessionId, { limit: 20, ...query });
      for await (const item of listed('list the turns of the session', turns)) {
        const turn = parseTurn(item);
        if (!turn.subagent_id) return turn;
      }
      return null;
    });

  /** A session that a lost request may have made. The list lags behind: what it does not show may be there all the same. */
  const findSession = (stamp: string): Promise<Session | null> =>
    ask('list the sessions', async () => {
      const page = await sessions.list({ metadata: { [STAMP]: stamp }, limit: 1 });
      const [found] = itemsOn<unknown>('list the sessions', page);
      return found === undefined ? null : parseSession(found);
    });

  const itemsOf = ({ threadId, runId }: RunReference): Promise<Item[]> =>
    ask('list the items of the turn', async () => {
      const items: Item[] = [];
      const list = sessions.turns.items.list(runId, { session_id: threadId, order: 'desc', limit: 100 });
      for await (const item of listed('list the items of the turn', list)) items.push(parseItem(item));
      return items;
    });

  return { retrieveSession, retrieveTurn, findTurn, findSession, itemsOf };
}
