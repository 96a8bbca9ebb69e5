import type { Decision } from '../approval/decision.ts';
import type { AuthRule } from '../approval/rule.ts';

/** Clocks of the identity provider and of whoever took the decision may differ by so much. */
const SKEW_MS = 60_000;

/**
 * What is missing in how somebody showed who they are, as the rest of a sentence; null when it is enough. Its age is that at the decision:
 * one that waited for a worker is no older. An age that cannot be told is too old.
 */
export function authenticationProblem(
  { maxAgeMinutes, acr, passkey }: AuthRule,
  { authenticated, decidedAt }: Pick<Decision, 'authenticated' | 'decidedAt'>,
): string | null {
  if (maxAgeMinutes !== undefined) {
    const ageMs = Date.parse(decidedAt) - Date.parse(String(authenticated?.at));
    const isRecent = ageMs >= -SKEW_MS && ageMs <= maxAgeMinutes * 60_000;
    if (!isRecent)
      return `must have signed in within ${maxAgeMinutes} minutes before the decision. Sign in again.`;
  }
  if (acr !== undefined && authenticated?.acr !== acr)
    return `must have signed in as strongly as "${acr}" (acr) asks for. Sign in again.`;
  if (passkey === true && authenticated?.passkey !== true)
    return 'must touch a passkey for this decision: open the approval in the inbox, and decide there.';
  return null;
}
