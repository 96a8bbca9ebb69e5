import type { World } from './world.ts';

/** An item of a turn, as the simulator's record has it. */
interface SeenItem {
  type: string;
  role?: string;
  status: string;
  call_id?: string;
  error?: string | null;
  output?: string | null;
}

export interface SeenSession {
  id: string;
  status: string;
  metadata: Record<string, string>;
  turns: { id: string; status: string; items: SeenItem[] }[];
}

/** Every session there is, also one whose creation nobody got the answer of. */
export async function seenSessions(world: World): Promise<SeenSession[]> {
  const { sessions } = (await world.control('state')) as { sessions: SeenSession[] };
  return sessions;
}

/** The sessions of one turn of ours: those that bear its id. */
export async function sessionsOf(world: World, turnId: string): Promise<SeenSession[]> {
  return (await seenSessions(world)).filter(({ metadata }) => metadata.countersign_turn === turnId);
}

/** What a session's turns came to: their statuses, and how many messages and results each got. */
export function tally({ turns }: SeenSession) {
  return turns.map(({ status, items }) => ({
    status,
    messages: items.filter(({ type, role }) => type === 'message' && role === 'user').length,
    results: items.filter(({ type }) => type === 'function_call_output').length,
  }));
}

/**
 * What one turn of ours has left in these sessions: its messages, and its submits. Results that follow each other, one for each call,
 * are one submit.
 */
export function tallyOf(sessions: SeenSession[], turnId: string): { creates: number; submits: number } {
  const turns = sessions.flatMap((session) => turnsFor(session, turnId));
  const creates = turns.flatMap(({ items }) =>
    items.filter(({ type, role }) => type === 'message' && role === 'user'),
  ).length;
  const submits = turns.map(({ items }) => {
    const results = items.filter(({ type }) => type === 'function_call_output');
    const rounds = items.filter(
      ({ type }, index) => type === 'function_call_output' && items[index - 1]?.type !== type,
    ).length;
    const distinct = new Set(results.map(({ call_id }) => call_id)).size;
    return rounds + (results.length - distinct);
  });
  return { creates, submits: submits.reduce((sum, count) => sum + count, 0) };
}

/** The session's stamp says after which turn those of this message come. */
function turnsFor({ metadata, turns }: SeenSession, turnId: string): SeenSession['turns'] {
  const [key, after] = metadata.countersign_key?.split('@') ?? [];
  if (key !== turnId) return [];
  return turns.slice(turns.findIndex(({ id }) => id === after) + 1);
}
