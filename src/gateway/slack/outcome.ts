import type { Accepted, Receipt } from '../../contracts/approval/decision.ts';
import { refusalOf } from '../inbox/refusal.ts';

const ELSEWHERE =
  'Slack cannot show how recently you signed in, or a passkey: open it in the inbox, and decide there.';

/** What became of a decision, for whoever made it. */
export function outcomeWords(answer: Receipt | Accepted | null): string {
  switch (answer?.outcome) {
    case undefined:
    case 'unknown':
      return 'There is no such question any more. Nothing was decided.';
    case 'accepted':
      return 'Your decision is stored, and counts as soon as a worker is up.';
    case 'applied':
    case 'duplicate':
      return 'Your decision counts.';
    case 'voted':
      return 'Your vote counts. Others must agree, too.';
    case 'conflict': {
      const by = answer.winner === undefined ? '' : ` by ${answer.winner.approver.id}`;
      return `Another decision${by} came first. Yours changed nothing.`;
    }
    case 'reused':
      return 'This form was sent before. The first one counts.';
    case 'expired':
      return 'Too late: the deadline has passed. Nothing was decided.';
    case 'cancelled':
      return 'It was cancelled. Nothing was decided.';
    case 'refused': {
      if (answer.reason === 'authentication_too_old') return `${ELSEWHERE} Nothing was decided.`;
      if (answer.reason === 'digest_mismatch')
        return 'The arguments have changed since you looked. Nothing was decided; the card shows them now.';
      const { message, errors } = refusalOf(answer);
      return (
        message ??
        `Nothing was decided: ${errors.map((error) => `${error.field} ${error.message}`).join('; ')}`
      );
    }
    default:
      return answer satisfies undefined;
  }
}
