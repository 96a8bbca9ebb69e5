import type { Entry } from '@countersign/receipts';

import type { ShownApproval } from '../../src/contracts/approval/approval.ts';
import type { Records } from '../records.ts';
import { approvalsOf, votesOf, type Complain } from './violations.ts';

/** What happened stands in the record, once; what did not happen does not; and somebody without us finds nothing wrong with it. */
export function judgeRecord(records: Records, complain: Complain): void {
  const { store, effects } = records;
  judgeWhole(records, complain);
  const ofApproval = Map.groupBy(store.entries, ({ approvalId }) => approvalId ?? '');
  for (const approval of approvalsOf(records))
    judgeEntries(approval, ofApproval.get(approval.approvalId) ?? [], complain);
  const known = new Set(approvalsOf(records).map(({ approvalId }) => approvalId));
  for (const approvalId of ofApproval.keys()) {
    if (!known.has(approvalId)) complain('entry.stranger', approvalId, 'No turn has such an approval.');
  }
  for (const approvalId of new Set(effects.map(({ approvalId }) => approvalId ?? '')))
    judgeEffectEntries(approvalId, ofApproval.get(approvalId) ?? [], complain);
}

/** The sequence has no hole, an export verifies offline, and the audit agrees. */
function judgeWhole({ store, plan }: Records, complain: Complain): void {
  const about = `seed ${plan.seed}`;
  const hole = store.entries.findIndex(({ sequence }, index) => sequence !== index);
  if (hole !== -1)
    complain('record.hole', about, `Entry ${store.entries[hole]?.sequence} stands at place ${hole}.`);
  const { problems, findings, trust, provenTo, entries } = store.report;
  for (const { line, problem } of problems) complain('record.damaged', about, `Line ${line}: ${problem}`);
  if (trust !== 'trusted-keys' || provenTo !== store.entries.length || entries !== store.entries.length)
    complain('record.damaged', about, `${entries} entries, proven to ${provenTo} by ${trust}.`);
  for (const { severity, kind, approvalId, message } of findings)
    if (severity === 'violation') complain('record.finding', approvalId, `${kind}: ${message}`);
  for (const { kind, approvalId, message } of store.audit.discrepancies)
    complain('record.audit', approvalId || about, `${kind}: ${message}`);
}

/** An approval has been asked, voted on and settled once, and the record says so once. */
function judgeEntries(approval: ShownApproval, entries: readonly Entry[], complain: Complain): void {
  const { approvalId, status, argumentsDigest, parkedAt, outcome } = approval;
  const due: [name: string, isIt: (entry: Entry) => boolean][] = [
    ['requested', ({ kind }) => kind === 'requested'],
    ...votesOf(approval).map((vote): [string, (entry: Entry) => boolean] => [
      `vote ${vote.decisionId}`,
      (entry) =>
        isVote(entry) && entry.decisionId === vote.decisionId && entry.person?.id === vote.approver.id,
    ]),
    ...(parkedAt === undefined ? [] : [of('parked')]),
  ];
  if (status === 'expired' || status === 'cancelled') due.push(of(status));
  else if (status !== 'pending')
    due.push([
      `settled as ${status}`,
      (entry) => entry.kind === 'settled' && entry.status === status && entry.digest === argumentsDigest,
    ]);
  // A yes that came with the end of its turn: the record tells that nothing follows.
  if (status === 'approved' && outcome === 'not_executed') due.push(of('cancelled'));
  for (const [name, isIt] of due) {
    const count = entries.filter(isIt).length;
    if (count === 0) complain('entry.missing', approvalId, `Nothing tells of: ${name}.`);
    if (count > 1) complain('entry.twice', approvalId, `${count} entries tell of: ${name}.`);
  }
  for (const entry of entries) {
    const isTold = due.some(([, isIt]) => isIt(entry));
    if (!isTold && TOLD_BY_TURN.has(entry.kind))
      complain('entry.stranger', approvalId, `"${entry.id}" tells what the turn does not.`);
  }
  for (const [what, kinds] of [['begin', BEGIN] as const, ['end', ENDS] as const]) {
    const count = entries.filter(({ kind }) => kinds.has(kind)).length;
    if (count > 1) complain('entry.twice', approvalId, `${count} entries tell of the ${what} of its effect.`);
  }
}

/** What happened in the world outside was begun once and ended once. */
function judgeEffectEntries(approvalId: string, entries: readonly Entry[], complain: Complain): void {
  const begins = entries.filter(({ kind }) => BEGIN.has(kind)).length;
  const [end] = entries.filter(({ kind }) => ENDS.has(kind));
  if (begins === 0)
    complain('effect.unrecorded', approvalId, 'It happened, and nothing tells that it began.');
  if (end === undefined)
    complain('effect.unrecorded', approvalId, 'It happened, and nothing tells that it ended.');
  else if (end.kind === 'failed' || end.kind === 'stale')
    complain('effect.unrecorded', approvalId, `It happened, and its end is told as ${end.kind}.`);
}

const BEGIN: ReadonlySet<Entry['kind']> = new Set(['started']);
const ENDS: ReadonlySet<Entry['kind']> = new Set(['executed', 'failed', 'unknown', 'stale']);
const VOTES: ReadonlySet<Entry['kind']> = new Set(['voted', 'break-glass']);
/** Kinds that the turn's own record tells of as well. */
const TOLD_BY_TURN: ReadonlySet<Entry['kind']> = new Set([
  ...(['requested', 'settled', 'parked', 'expired', 'cancelled'] as const),
  ...VOTES,
]);

function of(kind: Entry['kind']): [string, (entry: Entry) => boolean] {
  return [kind, (entry) => entry.kind === kind];
}

function isVote({ kind }: Entry): boolean {
  return VOTES.has(kind);
}
