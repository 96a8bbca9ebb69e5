import type { Entry } from '@countersign/receipts';
import { describe, expect, test } from 'vitest';

import { judge } from '../../../fault/oracle/judge.ts';
import { tally } from '../../../fault/oracle/tally.ts';
import { VIOLATIONS, type ViolationKind } from '../../../fault/oracle/violations.ts';
import { messageOf } from '../../../fault/shapes.ts';
import type { ShownApproval } from '../../../src/contracts/approval/approval.ts';
import { goodRecords, storeOf } from '../../fault/records.ts';

const AT = '2026-01-01T00:00:00.000Z';

type Good = ReturnType<typeof goodRecords>;

const OTHER = { decision: 'deny', approver: { id: 'grace' }, decidedAt: '2026-01-01T00:00:09.000Z' };
const answer = (status: number | null, outcome: string, winner?: typeof OTHER) => ({
  ...{ at: '2026-01-01T00:00:00.000Z', status, outcome },
  ...(winner && { winner }),
});
const second = ({ http }: Good) => ({
  ...http.decisions[0]!,
  decisionId: 'A-1-0-transfer-1',
  approver: 'grace' as const,
});

/** One way to spoil good records for each thing the oracle must find; the first kind named is the one it is about. */
const SPOILT: Record<ViolationKind, ((records: Good) => void)[]> = {
  'turn.lost': [
    ({ views, view }) => (views[view.turnId] = null),
    ({ view }) => (view.status = 'running'),
    ({ view }) => (view.continuations = ['fault-1-0.cccccccccccccccccccc']),
  ],
  'turn.ended-badly': [
    ({ view }) => (view.status = 'failed'),
    ({ view }) => (view.status = 'cancelled'),
    ({ http }) => (http.turns[0]!.plan.shape = 'withdrawn'),
  ],
  'turn.twice': [({ http }) => http.turns[0]!.turnIds.push('fault-1-0.dddddddddddddddddddd')],
  'turn.hung': [
    ({ http }) => (http.turns[0]!.endedAt = '2026-01-01T00:01:31.000Z'),
    ({ http }) => delete http.turns[0]!.endedAt,
  ],
  'reply.empty': [({ view }) => (view.reply = ' '), ({ view }) => delete view.reply],
  'turn.refused': [({ http }) => (http.turns[0]!.turnIds = [])],
  'continuation.missing': [({ approval }) => (approval.parkedAt = AT)],
  'run.twice': [
    ({ provider }) => provider.requests.push(provider.requests[0]!),
    ({ provider }) => provider.runs.push(provider.runs[0]!),
  ],
  'run.stranger': [({ provider }) => (provider.runs[0]!.metadata = { countersign_turn: 'x.y' })],
  'run.left': (['queued', 'in_progress', 'requires_action'] as const).map(
    (status) => (records: Good) => (records.provider.runs[0]!.status = status),
  ),
  'submit.missing': [
    ({ provider }) => provider.requests.pop(),
    ({ provider }) => Object.assign(provider.requests[1]!, { status: 400, effect: false }),
    ({ approval }) => (approval.toolCallId = 'call_2'),
  ],
  'told.wrong': [
    (records) => tell(records, 'Decision: denied.'),
    (records) => tell(records, 'The outcome of "transfer" is unknown.'),
    ({ approval }) => {
      approval.status = 'denied';
      delete approval.outcome;
    },
    // Parked: its own output says that it waits, the news what became of it.
    ({ approval }) => (approval.parkedAt = AT),
    (records) => {
      records.approval.parkedAt = AT;
      tell(records, 'Not done: the action awaits approval.');
      news(records, 'ada denied it.');
    },
  ],
  'approval.missing': [({ view }) => (view.approvals = [])],
  'approval.left-open': (['completed', 'cancelled', 'failed'] as const).map((status) => (records: Good) => {
    records.view.status = status;
    records.approval.status = 'pending';
  }),
  'tenant.wrong': [
    ({ approval, effects }) => (approval.tenant = effects[0]!.tenant = 'umbrella'),
    ({ effects }) => (effects[0]!.tenant = 'umbrella'),
  ],
  'decision.unsent': [({ http }) => (http.decisions = [])],
  'message.twice': [({ provider }) => provider.messages.thread_1!.push(provider.messages.thread_1![0]!)],
  'message.missing': [({ provider }) => (provider.messages = {})],
  'submit.twice': [
    ({ provider }) => provider.requests.push({ ...provider.requests[1]!, sequence: 3 }),
    // Its answer got lost, and it was taken all the same.
    ({ provider }) => provider.requests.push({ ...provider.requests[1]!, sequence: 3, status: 'dropped' }),
  ],
  'decision.lost': [
    ({ approval }) => {
      approval.status = 'pending';
      delete approval.decision;
    },
    ({ approval, http }) => {
      http.decisions[0]!.answers = [answer(202, 'accepted')];
      approval.status = 'cancelled';
      delete approval.decision;
    },
    // Accepted a minute before the question was over.
    ({ approval, http }) => {
      http.decisions[0]!.answers = [answer(202, 'accepted')];
      Object.assign(approval, { status: 'expired', resolvedAt: '2026-01-01T00:01:00.000Z' });
      delete approval.decision;
    },
    (records) => records.http.decisions.push({ ...second(records), answers: [answer(200, 'duplicate')] }),
  ],
  'decision.stranger': [
    ({ approval }) => (approval.decision!.decisionId = 'nobody-sent-this'),
    ({ approval }) => (approval.decision!.approver = { id: 'grace' }),
    ({ approval }) => (approval.status = 'denied'),
    ({ http }) =>
      Object.assign(http.decisions[0]!, { kind: 'edit', arguments: { orderId: 'A-1-0', amountCents: 1 } }),
    ({ approval }) => delete approval.decision,
    ({ approval }) => (approval.arguments = { orderId: 'A-1-0', amountCents: 499 }),
  ],
  'decision.two-winners': [(records) => records.http.decisions.push(second(records))],
  'decision.unanswered': [
    ({ http }) => (http.decisions[0]!.answers = [answer(null, 'no answer')]),
    ({ http }) => http.decisions[0]!.answers.push(answer(503, 'temporal-unavailable')),
    ({ http }) => http.decisions[0]!.answers.push(answer(404, 'approval-not-found')),
  ],
  'conflict.misnamed': [
    (records) => {
      const answers = [answer(409, 'approval-already-decided', OTHER)];
      records.http.decisions.push({ ...second(records), answers });
    },
    (records) => {
      records.http.decisions.push({ ...second(records), answers: [answer(409, 'approval-already-decided')] });
    },
  ],
  'effect.twice': [
    ({ effects }) => effects.push({ ...effects[0]!, row: 2 }),
    ({ effects }) => effects.push({ ...effects[0]!, row: 2, key: 'another key' }),
  ],
  'effect.unmatched': [
    ({ effects }) => (effects[0]!.approvalId = null),
    ({ effects }) => (effects[0]!.approver = 'grace'),
    ({ effects }) => (effects[0]!.arguments = { orderId: 'A-1-0', amountCents: 501 }),
    ({ effects }) => (effects[0]!.tenant = 'umbrella'),
    ({ effects }) => (effects[0]!.tool = 'mail'),
  ],
  'effect.forbidden': (['denied', 'answered', 'expired', 'cancelled', 'pending'] as const).map(
    (status) => (records: Good) => (records.approval.status = status),
  ),
  'effect.ungranted': [
    ({ approval }) => (approval.byGrant = { grantId: 'nobody-gave-it', by: ['ada'], until: AT }),
    (records) => delete byGrant(records).granted,
    (records) => (byGrant(records).tool = 'mail'),
    (records) => (byGrant(records).conversationId = 'fault-1-1'),
    (records) => (byGrant(records).argumentsDigest = 'sha256:1'),
    (records) => byGrant(records, { until: AT }),
    (records) => byGrant(records, { sequence: 9 }),
    (records) => takenBack(records, '2025-12-31T23:59:58.000Z'),
  ],
  'effect.missing': [(records) => (records.effects = [])],
  'outcome.silent': [
    ({ approval }) => delete approval.outcome,
    ({ approval }) => (approval.outcome = 'executing'),
    ({ approval, view }) => {
      view.status = 'failed';
      approval.outcome = 'executing';
    },
    ({ approval }) => (approval.outcome = 'not_executed'),
  ],
  'outcome.wrong': [
    ({ approval }) => (approval.outcome = 'failed'),
    ({ approval, view }) => {
      view.status = 'cancelled';
      approval.outcome = 'not_executed';
    },
  ],
  'outcome.unknown': [({ approval }) => (approval.outcome = 'unknown')],
  'decision.forged': [({ http }) => (http.decisions[0]!.isForged = true)],
  'rule.broken': [
    (records) => agreed(records, [grace]),
    (records) => agreed(records, [grace, grace]),
    (records) => agreed(records, [grace, { ...ada, groups: ['finance'] }]),
    (records) => agreed(records, [grace, { id: 'edsger', groups: ['support'] }]),
    (records) => agreed(records, [{ ...grace, breakGlass: true, note: 'The warehouse is on fire.' }]),
    (records) => agreed(records, [{ id: 'edsger', groups: ['on-call'], breakGlass: true }]),
  ],
  'effect.unrecorded': [
    (records) => without(records, 'started'),
    (records) => without(records, 'executed'),
    ({ store }) => (store.entries[4]!.kind = 'failed'),
    ({ store }) => (store.entries[4]!.kind = 'stale'),
  ],
  'entry.missing': [
    (records) => without(records, 'requested'),
    (records) => without(records, 'voted'),
    (records) => without(records, 'settled'),
    ({ store }) => (store.entries[1]!.person = { id: 'grace' }),
    ({ store }) => (store.entries[2]!.status = 'denied'),
    ({ store }) => (store.entries[2]!.digest = 'sha256:1'),
    ({ approval }) => (approval.parkedAt = AT),
    ({ approval }) => (approval.outcome = 'not_executed'),
    // A vote that fell when somebody changed the arguments.
    ({ approval }) => {
      const fallen = { ...approval.decision!, decisionId: 'A-1-0-transfer-9', at: AT };
      approval.proposals.unshift({ ...approval.proposals[0]!, votes: [fallen] });
    },
  ],
  'entry.twice': [0, 1, 2, 3, 4].map((index) => ({ store }: Good) => {
    store.entries.push({ ...store.entries[index]!, id: 'another', sequence: 5 });
  }),
  'entry.stranger': [
    ({ store }) => store.entries.push({ ...store.entries[1]!, decisionId: 'nobody-sent-this', sequence: 5 }),
    ({ store }) => store.entries.push({ ...store.entries[0]!, approvalId: 'another', sequence: 5 }),
    ({ store }) => store.entries.push({ ...store.entries[0]!, kind: 'expired', sequence: 5 }),
  ],
  'record.hole': [({ store }) => (store.entries[4]!.sequence = 5)],
  'record.damaged': [
    ({ store }) => store.report.problems.push({ line: 3, problem: 'is not as it was written.' }),
    ({ store }) => (store.report.trust = 'own-keys'),
    ({ store }) => (store.report.provenTo = 4),
    ({ store }) => (store.report.entries = 4),
  ],
  'record.finding': [
    ({ store, approval: { approvalId } }) => {
      const message = 'It was settled as approved by 1 of 2 votes.';
      const finding = { kind: 'not-enough-votes', severity: 'violation', approvalId, sequence: 2, message };
      store.report.findings.push(finding as (typeof store.report.findings)[number]);
    },
  ],
  'record.audit': [
    ({ store, approval: { approvalId } }) => {
      const message = 'Temporal tells "voted", and the record has no such entry.';
      store.audit.discrepancies.push({ kind: 'entry-missing', approvalId, message });
    },
  ],
  'records.incomplete': [({ provider }) => provider.requests.shift()],
};

interface Voter {
  id: string;
  groups?: string[];
  breakGlass?: true;
  note?: string;
}
const ada: Voter = { id: 'ada' };
const grace: Voter = { id: 'grace', groups: ['finance'] };

/** These people have approved what two of finance must agree to, and not the requester. */
function agreed({ approval }: Good, people: Voter[]): void {
  approval.tool = 'wire';
  approval.votes = people.map(({ id, groups, ...more }) => ({
    ...{ ...approval.decision!, ...more, at: AT },
    approver: { id, ...(groups && { groups }) },
  }));
}

/** A grant let it through: one that was given with the approval that is returned. */
function byGrant({ view, approval, store }: Good, told: Partial<Entry> = {}): ShownApproval {
  const [approvalId, until] = ['given', '2026-01-01T01:00:00.000Z'];
  const granted = { forMs: 3_600_000, narrowerBy: [], boundTo: 'conversation' as const, until };
  const given: ShownApproval = { ...approval, approvalId, granted };
  approval.byGrant = { grantId: approvalId, by: ['ada'], until };
  view.approvals.push(given);
  const entry = { ...store.entries[0]!, id: 'granted:given', kind: 'granted' as const, sequence: 0 };
  store.entries.push({ ...entry, approvalId, grantId: approvalId, until, ...told });
  return given;
}

function takenBack(records: Good, at: string): void {
  byGrant(records);
  records.http.revocations.push({ grantId: 'given', at });
}

function without({ store }: Good, kind: string): void {
  store.entries = store.entries.filter((entry) => entry.kind !== kind);
}

/** What the accepted submit said. */
function tell({ provider }: Good, output: string): void {
  Object.assign(provider.requests[1]!, { body: { tool_outputs: [{ tool_call_id: 'call_1', output }] } });
}

/** A continuation, as the thread has it. */
function news({ provider, approval }: Good, words: string): void {
  provider.messages.thread_1!.push(
    `News about "transfer", which awaited approval ${approval.approvalId}: ${words}`,
  );
}

const kindsIn = (records: Good): ViolationKind[] => judge(records).map(({ kind }) => kind);

test.each<[string, (records: Good) => void]>([
  ['stands', byGrant],
  ['is taken back while it begins', (records) => takenBack(records, '2025-12-31T23:59:59.500Z')],
])('an effect may begin by a grant that %s', (_, tell) => {
  const records = goodRecords();
  tell(records);
  expect(kindsIn(records)).not.toContain('effect.ungranted');
});

test('records of a turn in which all went well are in order', () => {
  expect(judge(goodRecords())).toEqual([]);
});

describe.each(Object.keys(VIOLATIONS) as ViolationKind[])('the oracle finds %s', (kind) => {
  test.each(SPOILT[kind].map((spoil, index) => ({ spoil, index })))('way $index', ({ spoil }) => {
    const records = goodRecords();
    spoil(records);
    expect(kindsIn(records)).toContain(kind);
  });
});

const unknown = (count: number) => (records: Good) => {
  records.approval.tool = records.effects[0]!.tool = 'mail';
  records.http.decisions[0]!.tool = 'mail';
  const { plan } = records.http.turns[0]!;
  Object.assign(plan, { shape: 'once', decisions: { mail: plan.decisions.transfer } });
  records.provider.messages.thread_1 = [messageOf(plan)];
  tell(records, 'The outcome of "mail" is unknown.');
  records.approval.outcome = 'unknown';
  records.effects.length = count;
};

const outcomes = (outcome: 'stale') => (records: Good) => {
  records.approval.outcome = outcome;
  records.effects = [];
  tell(records, 'Not executed: the approval is too old. Nothing was done.');
};

const HONEST: Record<string, (records: Good) => void> = {
  'an answer that was lost and asked for again': ({ http }) => {
    http.decisions[0]!.answers = [answer(null, 'no answer'), answer(200, 'duplicate')];
  },
  'a decision left as a signal that somebody else was faster than': (records) =>
    records.http.decisions.push({ ...second(records), answers: [answer(202, 'accepted')] }),
  'a conflict that names the winner of the record': (records) => {
    const { decision, approver, decidedAt } = records.approval.decision!;
    const answers = [answer(409, 'approval-already-decided', { decision, approver, decidedAt })];
    records.http.decisions.push({ ...second(records), answers });
  },
  'an unknown outcome of an at-most-once tool, with no effect': unknown(0),
  'an unknown outcome of an at-most-once tool, with one effect': unknown(1),
  'a call of a turn that was taken back while its worker died, which nobody knows the end of': (records) => {
    records.http.turns[0]!.plan.shape = 'retracted';
    records.view.status = 'cancelled';
    records.approval.outcome = 'unknown';
    records.provider.runs[0]!.status = 'cancelled';
  },
  'a yes in the moment in which the turn was taken back: nothing ran': (records) => {
    records.http.turns[0]!.plan.shape = 'retracted';
    records.view.status = 'cancelled';
    records.approval.outcome = 'not_executed';
    records.effects = [];
    records.provider.requests.pop();
    records.provider.runs[0]!.status = 'cancelled';
  },
  'a decision left as a signal right before the question was over': (records) => {
    records.http.decisions[0]!.answers = [answer(202, 'accepted')];
    Object.assign(records.approval, {
      ...{ status: 'expired', outcome: 'not_executed', resolvedAt: '2026-01-01T00:00:05.000Z' },
    });
    delete records.approval.decision;
    records.effects = [];
    tell(records, 'Timed out. Do not proceed.');
  },
  'outputs that another run of the turn took': ({ provider }) => {
    provider.requests.pop();
    provider.runs[0]!.status = 'expired';
    const metadata = { ...provider.runs[0]!.metadata, countersign_key: 'another' };
    provider.runs.push({ ...provider.runs[0]!, id: 'run_2', status: 'completed', metadata });
  },
  'a decision on its way when the service took the turn back': (records) => {
    records.http.turns[0]!.plan.shape = 'retracted';
    records.http.decisions[0]!.answers = [answer(202, 'accepted')];
    records.view.status = 'cancelled';
    records.approval.status = 'cancelled';
    delete records.approval.decision;
    records.effects = [];
    records.provider.requests.pop();
    records.provider.runs[0]!.status = 'cancelled';
  },
  'a parked call whose news tells what became of it': (records) => {
    records.approval.parkedAt = AT;
    tell(records, 'Not done: the action awaits approval.');
    news(records, 'ada approved it. Result: transfer done, number 1.');
    const continuation = { ...records.view, turnId: 'fault-1-0.cc', approvals: [] };
    records.views['fault-1-0.cc'] = continuation;
    records.view.continuations = ['fault-1-0.cc'];
  },
  'an approval that had become too old': outcomes('stale'),
  'a create that was dropped and found again: one run': ({ provider }) =>
    Object.assign(provider.requests[0]!, { status: 'dropped' }),
};

test.each(Object.entries(HONEST))('%s is honest, and no violation', (_, change) => {
  const records = goodRecords();
  change(records);
  records.store = storeOf(records.approval);
  expect(judge(records)).toEqual([]);
});

test('submits that the provider refused as repeats are counted, and no violation', () => {
  const records = goodRecords();
  const { requests } = records.provider;
  requests.push({ ...requests[1]!, sequence: 3, status: 400, effect: false });
  expect(judge(records)).toEqual([]);
  const counts = { 'submits refused as repeats': 1, effects: 1, turns: 1, completed: 1 };
  expect(tally(records)).toMatchObject(counts);
});
