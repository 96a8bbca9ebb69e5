import type { Accepted, Receipt } from '../../contracts/approval/decision.ts';
import { missingWords } from '../../contracts/deciding/standing.ts';
import { visible } from '../../contracts/visible/visible.ts';
import { Problem } from '../../gateway/problem.ts';
import { countedReceipt } from '../../gateway/receipt-problem.ts';
import { green } from '../output.ts';
import { CommandError } from '../run-command.ts';

/**
 * What became of a decision, for a person.
 *
 * @throws CommandError `not-applied` for one that does not count; its problem is the gateway's for the same receipt
 */
export function toSentence(receipt: Receipt | Accepted): string {
  const { winner, problems } = receipt as Partial<Receipt>;
  switch (receipt.outcome) {
    case 'applied':
      return green(`Applied: the approval is ${receipt.status ?? 'settled'}.`);
    case 'voted':
      return green(`Counted. Still missing: ${missingWords(receipt.missing)}.`);
    case 'duplicate':
      return green('Applied before: this decision was known.');
    case 'accepted':
      return 'No worker answers right now. The decision is kept and will be applied when one is back.';
    case 'conflict':
      throw notApplied(
        receipt,
        `Too late: ${visible(winner?.approver.id ?? 'somebody')} decided "${winner?.decision ?? ''}" before, at ${winner?.decidedAt ?? ''}.`,
      );
    case 'reused':
      throw notApplied(receipt, 'Not applied: the decision id was used before, for another decision.');
    case 'expired':
      throw notApplied(receipt, 'Too late: the approval has expired. Nothing was done.');
    case 'cancelled':
      throw notApplied(receipt, 'Too late: the turn is over. Nothing was done.');
    case 'refused':
      throw notApplied(
        receipt,
        `Refused. ${(problems ?? []).map(({ field, message }) => `${visible(field)} ${visible(message)}`).join(' ')}`,
      );
    case 'unknown':
      throw notApplied(receipt, 'There is no such approval.');
    default:
      return receipt satisfies never;
  }
}

function notApplied(receipt: Receipt, message: string): CommandError {
  const problem = problemOf(receipt);
  return new CommandError(message, {
    exit: 'not-applied',
    ...(problem && { problem }),
    members: { receipt },
  });
}

function problemOf(receipt: Receipt): string | undefined {
  try {
    countedReceipt(receipt);
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error.type;
    throw error;
  }
}
