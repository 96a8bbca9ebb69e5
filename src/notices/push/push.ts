import webPush from 'web-push';

import { pushTarget } from '../../contracts/channels/push.ts';
import type { Device, Devices } from '../../store/people/devices.ts';
import type { Card } from '../card.ts';
import { ChannelError, PartlySent, type Message, type NoticeChannel } from '../channel.ts';
import { toChannelError } from '../deliveries.ts';
import { postChecked, type PostAnswer } from '../http/post-checked.ts';
import { codeOf, mayHaveLeft, verdictOf } from '../http/verdict.ts';
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

/** The address of all devices of a person; that of one is its id. */
const ALL = 'devices';
const LIMIT_MS = 15_000;
/** Push services keep nothing longer. */
const LONGEST_SECONDS = 28 * 86_400;

/** Notifies people on their devices, by Web Push. What is sent is encrypted for the device: its push service cannot read it. */
export function createPushChannel(options: PushOptions): NoticeChannel {
  const { devices, hosts, publicKey, privateKey, subject, clock = Date.now, limitMs = LIMIT_MS } = options;

  /** @throws ChannelError when it was not taken, but may be later. */
  async function push(device: Device, message: Message, payload: Payload): Promise<'taken' | 'gone'> {
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
    if (answer.status !== 404 && answer.status !== 410) return requireTaken(device, answer);
    await devices.remove(message.tenant, device.personId, device.id);
    return 'gone';
  }

  function requireTaken(device: Device, answer: PostAnswer): 'taken' {
    const { status } = answer;
    if (status >= 200 && status < 300) return 'taken';
    const why = status === 401 || status === 403 ? ' The device was switched on with other VAPID keys.' : '';
    throw new ChannelError(
      `The push service of "${device.name}" answered ${status}.${why}`,
      verdictOf(answer),
    );
  }

  /** To all at once: none that is dead or slow keeps another waiting. */
  async function pushAll(message: Message, payload: Payload, to: readonly Device[]) {
    const taken: string[] = [];
    const left: { address: string; error: ChannelError }[] = [];
    await Promise.all(
      to.map(async (device) => {
        try {
          if ((await push(device, message, payload)) === 'taken') taken.push(device.id);
        } catch (error) {
          left.push({ address: device.id, error: toChannelError(error) });
        }
      }),
    );
    return { taken, left };
  }

  return {
    name: 'push',
    addressOf: (person) => ((person.devices ?? 0) > 0 ? ALL : null),

    async send(message, signal) {
      const { tenant, to } = message;
      const own = await devices.list(tenant, to.person.id);
      signal.throwIfAborted();
      const asked = to.address === ALL ? own : own.filter(({ id }) => id === to.address);
      if (asked.length === 0)
        throw new ChannelError('The person has switched notifications off.', { isFinal: true });
      const { taken, left } = await pushAll(message, toPayload(message), asked);
      if (taken.length === 0) throw worst(left) ?? gone();
      const perhaps = left.filter(({ error }) => error.mayHaveArrived).map(({ address }) => address);
      const reference = { devices: [...taken, ...perhaps] };
      return left.length === 0 ? reference : new PartlySent(reference, left);
    },

    /** What was shown is replaced, without a sound; a second attempt replaces it by the same. */
    async update(message, reference, signal) {
      if (message.cards.every(({ state }) => state.status === 'pending')) return;
      const { devices: told } = (reference ?? {}) as { devices?: unknown };
      const own = await devices.list(message.tenant, message.to.person.id);
      signal.throwIfAborted();
      const shown = Array.isArray(told) ? own.filter(({ id }) => told.includes(id)) : own;
      const { taken, left } = await pushAll(message, toEndPayload(message), shown);
      const error = worst(left);
      if (error !== null && (!error.isFinal || taken.length === 0)) throw error;
    },
  };
}

/** What says most of whether to try again; null when there is nothing to try. */
function worst(left: readonly { error: ChannelError }[]): ChannelError | null {
  const errors = left.map(({ error }) => error);
  const passing = errors.filter(({ isFinal }) => !isFinal);
  return passing.find(({ mayHaveArrived }) => mayHaveArrived) ?? passing[0] ?? errors[0] ?? null;
}

function gone(): ChannelError {
  return new ChannelError('No device of the person takes notifications any more.', { isFinal: true });
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
  if (error instanceof Error && error.message.includes('which is not public'))
    return new ChannelError(error.message, { isFinal: true });
  const why = codeOf(error);
  return new ChannelError(`The push service at ${host} does not answer (${why}).`, {
    mayHaveArrived: mayHaveLeft(why),
  });
}
