import { CommandError } from '../run-command.ts';
import { becomesFree } from '../temporal/ports.ts';
import { portHolder } from './port-holder.ts';

/** A port that `dev` is to listen on; 0 takes a free one. */
export interface WantedPort {
  port: number;
  /** Whose it is, such as "the gateway". */
  whose: string;
  /** The option that chooses another. */
  flag: string;
}

/** An earlier `dev` that was killed may need a moment until its processes have let go. */
const PREDECESSOR_LIMIT_MS = 4_000;

/**
 * Looks, before anything is started, whether all ports can be had.
 *
 * @throws CommandError naming each that is in use, who has it if that is known, and the option that chooses another
 */
export async function requirePorts(
  wanted: readonly WantedPort[],
  onWait: (message: string) => void,
): Promise<void> {
  const ports = wanted.filter(({ port }) => port !== 0);
  const taken = await Promise.all(
    ports.map(async (one) => {
      const { port, whose } = one;
      const wait = (): void => onWait(`Port ${port}, for ${whose}, is in use; waiting a moment`);
      return (await becomesFree(port, PREDECESSOR_LIMIT_MS, wait)) ? [] : [await complaint(one)];
    }),
  );
  const complaints = taken.flat();
  if (complaints.length === 0) return;
  throw new CommandError(complaints.join('\n'), { exit: 'unavailable', problem: 'port-unavailable' });
}

async function complaint({ port, whose, flag }: WantedPort): Promise<string> {
  const holder = await portHolder(port);
  const by = holder === null ? 'another process' : `process ${holder.pid} (${holder.command})`;
  return `Port ${port}, for ${whose}, is in use by ${by}. Stop that, or choose another port with ${flag} (0 takes a free one).`;
}
