import type { Records } from '../records.ts';
import { gatedToolsOf, TOOLS, type ToolName } from '../shapes.ts';
import { refusedRepeats } from './provider.ts';
import { approvalsOf, viewsOf, votesOf } from './violations.ts';

/** How much was put to the test, and what honest answers there were besides "done". */
export type Tally = Record<(typeof TALLIED)[number], number>;

export const TALLIED = [
  'turns',
  'gated turns',
  'completed',
  'cancelled',
  'continuations',
  'approvals',
  'approved',
  'denied',
  'answered',
  'expired',
  'parked',
  'let through by a grant',
  'grants taken back',
  'asked again',
  'decisions sent',
  'of these forged',
  'votes',
  'by right of emergency',
  'answered applied',
  'answered accepted (202)',
  'answered conflict',
  'answers asked again for',
  'effects',
  'attempts at effects',
  'at-most-once outcomes unknown',
  'of these with an effect',
  'submits refused as repeats',
  'requests at the provider',
  'entries of the record',
  'of these of refusals',
] as const;

export function tally(records: Records): Tally {
  const { http, effects, attempts, provider, store } = records;
  const views = viewsOf(records);
  const approvals = approvalsOf(records);
  const ofStatus = (status: string): number =>
    approvals.filter((approval) => approval.status === status).length;
  const endedAs = (status: string): number => views.filter((view) => view.status === status).length;
  const last = http.decisions.map(({ answers }) => answers.at(-1)?.outcome);
  const ended = (...outcomes: string[]): number => last.filter((it) => outcomes.includes(it ?? '')).length;
  const unknown = approvals.filter(
    ({ tool, outcome }) => outcome === 'unknown' && TOOLS[tool as ToolName].effect === 'at-most-once',
  );
  const votes = approvals.flatMap(votesOf);
  const happened = new Set(effects.map(({ key }) => key));
  return {
    turns: http.turns.length,
    'gated turns': http.turns.filter(({ plan }) => gatedToolsOf(plan.shape).length > 0).length,
    completed: endedAs('completed'),
    cancelled: endedAs('cancelled'),
    continuations: views.reduce((sum, view) => sum + (view.continuations?.length ?? 0), 0),
    approvals: approvals.length,
    approved: ofStatus('approved'),
    denied: ofStatus('denied'),
    answered: ofStatus('answered'),
    expired: ofStatus('expired'),
    parked: approvals.filter(({ parkedAt }) => parkedAt !== undefined).length,
    'let through by a grant': approvals.filter(({ byGrant }) => byGrant !== undefined).length,
    'grants taken back': http.revocations.length,
    'asked again': approvals.filter(({ askedBefore }) => askedBefore !== undefined).length,
    'decisions sent': http.decisions.length,
    'of these forged': http.decisions.filter(({ isForged }) => isForged).length,
    votes: votes.length,
    'by right of emergency': votes.filter(({ breakGlass }) => breakGlass).length,
    'answered applied': ended('applied', 'duplicate'),
    'answered accepted (202)': ended('accepted'),
    'answered conflict': ended('approval-already-decided'),
    'answers asked again for': http.decisions.reduce((sum, { answers }) => sum + answers.length - 1, 0),
    effects: effects.length,
    'attempts at effects': attempts.length,
    'at-most-once outcomes unknown': unknown.length,
    'of these with an effect': unknown.filter(({ approvalId }) => happened.has(approvalId)).length,
    'submits refused as repeats': refusedRepeats(provider.requests),
    'requests at the provider': provider.requests.length,
    'entries of the record': store.entries.length,
    'of these of refusals': store.entries.filter(({ kind }) => kind === 'refused').length,
  };
}
