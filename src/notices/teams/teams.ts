import { ChannelError, type NoticeChannel } from '../channel.ts';
import { postChecked } from '../http/post-checked.ts';
import { createTurnstile } from '../turnstile.ts';
import { toAskMessage, toEndMessage, type TeamsMessage } from './card.ts';
import { requireTaken, unreachable } from './errors.ts';
import { isFor, type TeamsWebhook } from './webhooks.ts';

export interface TeamsOptions {
  webhooks: readonly TeamsWebhook[];
  /** How long Teams may take for an answer; for tests. */
  limitMs?: number;
}

const LIMIT_MS = 15_000;
/** Teams takes four messages a second. */
const AT_ONCE = 2;
const ANSWER_BYTES = 2_000;

/**
 * Tells channels of Teams by their webhooks, which belong to groups or tenants and not to people. A card has a link and decides nothing.
 * No webhook can change what it has posted, so how a question ended is another message.
 */
export function createTeamsChannel({ webhooks, limitMs = LIMIT_MS }: TeamsOptions): NoticeChannel {
  const pass = createTurnstile(AT_ONCE);

  async function post(name: string, message: TeamsMessage, signal: AbortSignal): Promise<void> {
    const webhook = webhooks.find((one) => one.name === name);
    if (webhook === undefined) {
      const remedy = 'Give every worker the same COUNTERSIGN_TEAMS_WEBHOOKS';
      throw new ChannelError(`This worker has no webhook "${name}" of Teams. ${remedy}.`);
    }
    const sending = {
      headers: { 'content-type': 'application/json', 'user-agent': 'countersign' },
      ...{ body: JSON.stringify(message), mayBePrivate: true, limitMs, answerBytes: ANSWER_BYTES },
    };
    const answer = await pass(signal, () =>
      postChecked(new URL(webhook.url), sending).catch((error: unknown) => {
        throw unreachable(name, error);
      }),
    );
    requireTaken(name, answer);
  }

  return {
    name: 'teams',
    endsOnce: true,
    addressOf: () => null,
    placesFor: (about) => webhooks.filter((webhook) => isFor(webhook, about)).map(({ name }) => name),

    async send(message, signal) {
      await post(message.to.address, toAskMessage(message), signal);
      return {};
    },

    async update(message, _reference, signal) {
      if (message.cards.every(({ state }) => state.status === 'pending')) return;
      await post(message.to.address, toEndMessage(message), signal);
    },
  };
}
