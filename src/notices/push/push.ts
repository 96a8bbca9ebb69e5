import webPush from 'web-push';

import { pushTarget } from '../../contracts/channels/push.ts';
import type { Device, Devices } from '../../store/people/devices.ts';
import type { Card } from '../card.ts';
import { ChannelError, type Message, type NoticeChannel } from '../channel.ts';
import { postChecked, type PostAnswer } from '../http/post-checked.ts';
import { pauseOf } from '../http/retry-after.ts';
import { tagOf, toEndPayload, toPayload, type Payload } from './payload.ts';

export interface PushOptions {
  /** VAPID: who we are, to push services. */
  publicKey: string;
  privateKey: string;
  /** `mailto:…` or `https://…`. */
  subject: string;
  /** Hosts beside those of push services that devices may be notified at: entries of COUNTERSIGN_CALLBACK_HOSTS. */
  hosts: readonly string[];
  devices: Pick<Devices, 'list' | 'remove'>;
  clock?: () => number;
  /** How long a push service may take; for tests. */
  limitMs?: number;
}

const LIMIT_MS = 15_000;
/** Push services keep nothing longer. */
const LONGEST_SECONDS = 28 * 86_400;

/** Notifies people on their devices, by Web Push. What is sent is encrypted for the device: its push service cannot read it. */
export function createPushChannel(options: PushOptions): NoticeChannel {
  const { devices, hosts, publicKey, privateKey, subject, clock = Date.now, limitMs = LIMIT_MS } = options;

  /** @throws ChannelError unless it was taken. */
  async function push(device: Device, message: Message, payload: Payload): Promise<void> {
    const target = pushTarget(device.endpoint, hosts);
    if (!target.ok)
      throw new ChannelError(`The address of "${device.name}" ${target.message}.`, { isFinal: true });
    const { headers, body } = webPush.generateRequestDetails(
      { endpoint: device.endpoint, keys: device.keys },
      JSON.stringify(payload),
      {
        ...{ vapidDetails: { subject, publicKey, privateKey }, contentEncoding: 'aes128gcm' },
        ...{ TTL: secondsLeft(message.cards, clock()), topic: tagOf(message) },
        urgency: payload.isSilent ? 'normal' : 'high',
      },
    );
    const sending = { body, mayBePrivate: target.mayBePrivate, limitMs, headers: toText(headers) };
    const answer = await postChecked(target.url, sending).catch((error: unknown) => {
      throw unreachable(target.url.host, error);
    });
    await requireTaken(device, message, answer);
  }

  async function requireTaken(device: Device, { tenant }: Message, answer: PostAnswer): Promise<void> {
    const { status, retryAfter } = answer;
    if (status >= 200 && status < 300) return;
    if (status === 404 || status === 410) {
      await devices.remove(tenant, device.personId, device.id);
      throw new ChannelError(`"${device.name}" takes no notifications any more.`, { isFinal: true });
    }
    const retryAfterMs = pauseOf(retryAfter);
    const why = status === 401 || status === 403 ? ' The device was switched on with other VAPID keys.' : '';
    throw new ChannelError(`The push service of "${device.name}" answered ${status}.${why}`, {
      isFinal: status >= 400 && status < 500 && status !== 408 && status !== 429,
      mayHaveArrived: status >= 500 && status !== 503,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }

  /** @returns the ids of the devices that it was sent to. */
  async function pushAll(message: Message, payload: Payload, to: readonly Device[]): Promise<string[]> {
    const results = await Promise.allSettled(to.map((device) => push(device, message, payload)));
    const errors = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    const sent = to.filter((_, index) => results[index]?.status === 'fulfilled').map(({ id }) => id);
    if (sent.length > 0 || errors.length === 0) return sent;
    const passing = errors.find((error) => !(error instanceof ChannelError) || !error.isFinal);
    throw passing ?? errors[0];
  }

  return {
    name: 'push',
    addressOf: (person) => ((person.devices ?? 0) > 0 ? 'devices' : null),

    async send(message, signal) {
      const { tenant, to } = message;
      const own = await devices.list(tenant, to.person.id);
      signal.throwIfAborted();
      if (own.length === 0)
        throw new ChannelError('The person has switched notifications off.', { isFinal: true });
      return { devices: await pushAll(message, toPayload(message), own) };
    },

    /** What was shown is replaced, without a sound. */
    async update(message, reference, signal) {
      if (message.cards.every(({ state }) => state.status === 'pending')) return;
      const { devices: told } = (reference ?? {}) as { devices?: unknown };
      const own = await devices.list(message.tenant, message.to.person.id);
      signal.throwIfAborted();
      const shown = Array.isArray(told) ? own.filter(({ id }) => told.includes(id)) : own;
      await pushAll(message, toEndPayload(message), shown);
    },
  };
}

/** Until the last of the questions is over: nobody need hear of it afterwards. */
function secondsLeft(cards: readonly Card[], nowMs: number): number {
  const ends = cards.map(({ deadline }) => (deadline === null ? Infinity : Date.parse(deadline)));
  const seconds = Math.ceil((Math.max(...ends) - nowMs) / 1_000);
  const isOver = cards.every(({ state }) => state.status !== 'pending');
  return isOver ? 86_400 : Math.min(Math.max(seconds, 0), LONGEST_SECONDS);
}

function toText(headers: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** The endpoint is a secret: only its host and the code are named. */
function unreachable(host: string, error: unknown): ChannelError {
  const { code, name, message } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  if (message?.includes('which is not public')) return new ChannelError(message, { isFinal: true });
  const why = code !== undefined && /^[A-Z_]{1,60}$/.test(code) ? code : (name ?? 'unknown');
  const isSent = !['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(why);
  return new ChannelError(`The push service at ${host} does not answer (${why}).`, {
    mayHaveArrived: isSent,
  });
}
