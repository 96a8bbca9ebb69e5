import type { CountersignClient } from '../client.ts';
import { FINAL_TURN_STATUSES, type TurnView } from '../contracts/turn.ts';
import { createCard, type Card } from './card.ts';
import { TestingError } from './production.ts';
import { until } from './wait.ts';

/** One message to a gate, and what becomes of it. */
export interface Turn {
  readonly turnId: string;
  readonly conversationId: string;
  /**
   * The question that waits for a person, once there is one. With several of one tool, the first of them.
   *
   * @throws TestingError when the turn ends without asking, or does not ask within the gate's patience.
   */
  asked(tool?: string): Promise<Card>;
  /** All questions that wait, once there are so many. */
  askedAll(count: number): Promise<Card[]>;
  /**
   * What the assistant says in the end; of a parked turn what it says while the question stays open.
   *
   * @throws TestingError when the turn fails, with its failure, or has no reply within the gate's patience.
   */
  reply(): Promise<string>;
  /** The turn once nothing changes any more, however it ended. */
  ended(): Promise<TurnView>;
  /** The turn that tells the model what became of a parked question, once there is one. */
  continuation(): Promise<Turn>;
  read(): Promise<TurnView>;
}

export interface TurnPlace {
  client: CountersignClient;
  tenant: string;
  clock: () => number;
  patienceMs: number;
  requireOpen: () => void;
}

export function createTurn(ids: { turnId: string; conversationId: string }, place: TurnPlace): Turn {
  const { client, tenant, patienceMs, requireOpen } = place;
  const { turnId, conversationId } = ids;
  let latest: TurnView | undefined;

  async function read(): Promise<TurnView> {
    requireOpen();
    const view = await client.getTurn(tenant, turnId);
    if (view === null) throw new TestingError(`The turn ${turnId} does not exist.`);
    return (latest = view);
  }

  function waitFor<T>(what: string, look: (view: TurnView) => T | null): Promise<T> {
    const words = () => `${what}. ${latest === undefined ? '' : describe(latest)}`;
    return until(words, async () => look(await read()), patienceMs);
  }

  function pending(view: TurnView, tool?: string): Card[] {
    return view.approvals
      .filter((asked) => asked.status === 'pending' && (tool === undefined || asked.tool === tool))
      .map((asked) => createCard(asked, place));
  }

  return {
    ...{ turnId, conversationId, read },
    asked: (tool) =>
      waitFor(tool === undefined ? 'a question' : `a question about "${tool}"`, (view) => {
        const [card] = pending(view, tool);
        if (card === undefined && FINAL_TURN_STATUSES.has(view.status)) {
          throw new TestingError(
            `The turn has asked nobody${tool === undefined ? '' : ` about "${tool}"`}. ${describe(view)}`,
          );
        }
        return card ?? null;
      }),
    askedAll: (count) =>
      waitFor(`${count} questions`, (view) => {
        const cards = pending(view);
        if (cards.length < count && FINAL_TURN_STATUSES.has(view.status))
          throw new TestingError(`The turn has asked ${cards.length} questions. ${describe(view)}`);
        return cards.length === count ? cards : null;
      }),
    reply: () =>
      waitFor('a reply', (view) => {
        if (view.reply !== undefined) return view.reply;
        if (FINAL_TURN_STATUSES.has(view.status)) throw new TestingError(describe(view));
        return null;
      }),
    ended: () =>
      waitFor('the end of the turn', (view) => (FINAL_TURN_STATUSES.has(view.status) ? view : null)),
    continuation: () =>
      waitFor('a continuation', ({ continuations: [next] = [] }) =>
        next === undefined ? null : createTurn({ turnId: next, conversationId }, place),
      ),
  };
}

/** What a turn is at, so that a message tells what is missing. */
function describe({ turnId, status, failure, reply, approvals }: TurnView): string {
  const asked = approvals.map((one) => `${one.tool} is ${one.status} (${one.approvalId})`);
  return [
    `The turn ${turnId} is ${status}`,
    ...(failure === undefined ? [] : [`: ${failure.type}, ${failure.message}`]),
    ...(reply === undefined ? [] : [`, its reply is ${JSON.stringify(reply)}`]),
    ...(asked.length === 0 ? [] : [`; ${asked.join(', ')}`]),
    '.',
  ].join('');
}
