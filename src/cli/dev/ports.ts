import { environment, gatewayConfig, providerConfig, simulatorConfig } from '../../config.ts';
import { CommandError } from '../run-command.ts';
import type { Ports } from '../stack.ts';
import { becomesFree } from '../temporal/ports.ts';
import { portHolder } from './port-holder.ts';

/** Options of `dev`. */
export interface PortOptions {
  port?: number;
  simulatorPort?: number;
  temporalPort?: number;
  temporalUiPort?: number;
}

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

/** The ports that `dev` uses: its options, else the environment's, else the usual ones. */
export function portsOf({
  port,
  simulatorPort,
  temporalPort = 7233,
  temporalUiPort = 8233,
}: PortOptions): Ports {
  return {
    gateway: port ?? gatewayConfig().port,
    simulator: simulatorPort ?? simulatorConfig().port,
    temporal: temporalPort,
    temporalUi: temporalUiPort,
  };
}

/** Those that `dev` itself listens on: not those of a server or a provider that is somewhere else. */
export function wantedPorts({ gateway, simulator, temporal, temporalUi }: Ports): WantedPort[] {
  return [
    ...(environment.TEMPORAL_ADDRESS
      ? []
      : [
          { port: temporal, whose: 'the Temporal server', flag: '--temporal-port' },
          { port: temporalUi, whose: "Temporal's UI", flag: '--temporal-ui-port' },
        ]),
    ...(providerConfig().apiKey === undefined
      ? [{ port: simulator, whose: 'the simulator', flag: '--simulator-port' }]
      : []),
    { port: gateway, whose: 'the gateway', flag: '--port' },
  ];
}

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
