import { createInterface } from 'node:readline/promises';

import type { Approval } from '../../contracts/approval/approval.ts';
import type { ToolArguments } from '../../contracts/tool-call.ts';
import type { DecisionBody } from '../../contracts/approval/decision.ts';
import { say, yellow } from '../output.ts';

/** What the demo's person decides. */
export type Choice = Pick<DecisionBody, 'decision' | 'note' | 'arguments' | 'response'>;

/** Decisions that need nobody at the keyboard; null waits until time is up. */
export const SCRIPTED = {
  approve: { decision: 'approve', note: 'Looks right.' },
  deny: { decision: 'deny', note: 'Outside the return window.' },
  respond: { decision: 'respond', response: 'Ask the customer for a photo first; refund after that.' },
  expire: null,
} as const satisfies Record<string, Choice | null>;

/**
 * Asks at the terminal until the answer makes sense.
 *
 * @param signal - aborts the asking, when the decision has been made elsewhere.
 * @returns null when the asking was aborted.
 */
export async function askPerson(approval: Approval, signal: AbortSignal): Promise<Choice | null> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const ask = (question: string): Promise<string> => terminal.question(question, { signal });
  try {
    for (;;) {
      const answer = (await ask('Decide: [a]pprove, [d]eny, [e]dit, [r]espond? ')).trim().toLowerCase();
      switch (answer.charAt(0)) {
        case 'a':
          return { decision: 'approve' };
        case 'd':
          return withNote('deny', await ask('Why (the model reads it)? '));
        case 'e': {
          const edited = parse(await ask(`Arguments instead of ${JSON.stringify(approval.arguments)}:\n`));
          if (edited !== null) return { decision: 'edit', arguments: edited };
          say(yellow('That is not a JSON object.'));
          break;
        }
        case 'r': {
          const response = (await ask('Your answer to the model: ')).trim();
          if (response !== '') return { decision: 'respond', response };
          break;
        }
        default:
          say(yellow('Type a, d, e or r.'));
      }
    }
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  } finally {
    terminal.close();
  }
}

function withNote(decision: 'deny', text: string): Choice {
  const note = text.trim();
  return note === '' ? { decision } : { decision, note };
}

function parse(text: string): ToolArguments | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as ToolArguments)
      : null;
  } catch {
    return null;
  }
}
