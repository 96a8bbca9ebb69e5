import { channelsProblem } from '../contracts/channels/settings.ts';
import { DefinitionError } from '../contracts/definition-error.ts';
import type { ChannelName } from '../contracts/notice.ts';
import { ChannelError, type NoticeChannel } from './channel.ts';

/** How people are told of approvals. */
export interface NoticeOptions {
  channels: readonly NoticeChannel[];
  /** Where people reach the inbox, such as `https://countersign.example.com`. */
  publicUrl: string;
  /**
   * Channels where a policy names none.
   *
   * @default all
   */
  defaults?: readonly ChannelName[] | undefined;
  /**
   * More messages an hour no person gets; what is more comes together in one.
   *
   * @default 20
   */
  perHour?: number | undefined;
}

/**
 * The names of the channels.
 *
 * @throws DefinitionError when `defaults` names another one.
 */
export function channelNames(notices: NoticeOptions | undefined): ChannelName[] {
  const { channels = [], defaults = [] } = notices ?? {};
  const names = channels.map(({ name }) => name);
  const problem = channelsProblem(defaults, names);
  if (problem !== null) throw new DefinitionError(`createWorker({ notices }): "defaults" ${problem}`);
  return names;
}

export const NOTICES_PER_HOUR = 20;
const CHECK_LIMIT_MS = 10_000;

/** Looks at every channel once. What is wrong with one is said, and the others go on. */
export async function checkChannels(
  channels: readonly NoticeChannel[],
  report: (channel: ChannelName, problem: string) => void,
): Promise<void> {
  await Promise.all(
    channels.map(async (channel) => {
      try {
        await channel.check?.(AbortSignal.timeout(CHECK_LIMIT_MS));
      } catch (error) {
        report(
          channel.name,
          error instanceof ChannelError ? error.message : `It cannot be used (${String(error)}).`,
        );
      }
    }),
  );
}
