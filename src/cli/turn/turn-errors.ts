import type { TurnView } from '../../contracts/turn.ts';
import { EXIT_CODES } from '../errors/exit-codes.ts';
import { CommandError } from '../run-command.ts';

export function unknownTurn(turnId: string, tenant: string): CommandError {
  return new CommandError(`There is no turn ${turnId} in tenant "${tenant}".`, {
    exit: 'not-found',
    problem: 'turn-not-found',
  });
}

/** Sets the exit code of a turn that is over without a reply; what it came to has been told. */
export function requireReply({ status }: TurnView): void {
  if (status !== 'completed') process.exitCode = EXIT_CODES.failed.code;
}
