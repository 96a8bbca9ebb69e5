import { howToCall } from '../../contracts/how-called.ts';
import type { TurnView } from '../../contracts/turn.ts';
import { visible, visibleLines } from '../../contracts/visible/visible.ts';
import { bold, card, dim, green, say, yellow } from '../output.ts';

/** A turn for a person: its approvals, then what it came to. */
export function showTurn(turn: TurnView): void {
  for (const approval of turn.approvals) card(approval).forEach((line) => say(line));
  showState(turn);
}

/** What a turn has come to. */
export function showState(turn: TurnView): void {
  switch (turn.status) {
    case 'completed':
      say(green(visibleLines(turn.reply ?? '')));
      showFiles(turn);
      return;
    case 'parked':
      say(green(visibleLines(turn.reply ?? '')));
      showFiles(turn);
      say(yellow('Parked: the conversation goes on, these approvals stay open until their deadlines.'));
      return;
    case 'awaiting_decision':
      say(yellow('Waits for a decision:') + ` ${howToCall(`approvals approve ${pendingOf(turn)}`)}`);
      return;
    default:
      say(
        turn.failure
          ? `${bold(turn.failure.type)}: ${visible(turn.failure.message)}`
          : `The turn is ${turn.status}.`,
      );
  }
}

/** Where the files of the footnotes are. The names stand in the reply. */
function showFiles({ citations = [] }: TurnView): void {
  for (const { number, fileId } of citations) {
    if (fileId !== null) say(dim(`[${number}] is ${visible(fileId)} at the provider`));
  }
}

function pendingOf({ approvals }: TurnView): string {
  return approvals.findLast(({ status }) => status === 'pending')?.approvalId ?? '';
}
