import type { Decision } from '../../contracts/approval/decision.ts';
import { NOTE_CHARACTERS, RESPONSE_CHARACTERS } from '../../contracts/limits.ts';
import type { HandoverDecision } from './api.ts';

/** What a decision at the Handover means for the approval. Only `approved` approves; whatever is not known does nothing. */
export type HandoverAnswer =
  | { kind: 'decided'; decision: Pick<Decision, 'decision' | 'note' | 'response'> }
  | { kind: 'open' }
  /** It has ended without an answer that counts, and `why`. */
  | { kind: 'closed'; why: string };

export function toAnswer({ status, response_notes: notes }: HandoverDecision): HandoverAnswer {
  const note = notes ? { note: notes.slice(0, NOTE_CHARACTERS) } : {};
  switch (status) {
    case 'approved':
      return { kind: 'decided', decision: { decision: 'approve', ...note } };
    case 'denied':
      return { kind: 'decided', decision: { decision: 'deny', ...note } };
    case 'modified':
      // Somebody's words in place of a yes. Without words there is nothing to hand on, and no yes either.
      return notes
        ? {
            kind: 'decided',
            decision: { decision: 'respond', response: notes.slice(0, RESPONSE_CHARACTERS) },
          }
        : { kind: 'closed', why: 'modified without notes' };
    case 'expired':
      return { kind: 'closed', why: 'expired' };
    default:
      // pending, escalated and scheduled, or a word of tomorrow: it may still become one of those above.
      return { kind: 'open' };
  }
}
