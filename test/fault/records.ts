import type { Entry } from '@countersign/receipts';

import type { Records } from '../../fault/records.ts';
import { messageOf } from '../../fault/shapes.ts';
import type { Approval, ShownApproval } from '../../src/contracts/approval/approval.ts';
import type { TurnView } from '../../src/contracts/turn.ts';
import { shown } from '../../src/contracts/deciding/proposals.ts';

const AT = '2026-01-01T00:00:00.000Z';
const TURN = 'fault-1-0.aaaaaaaaaaaaaaaaaaaa';
const APPROVAL = `${TURN}.bbbbbbbbbbbb`;
const ARGUMENTS = { orderId: 'A-1-0', amountCents: 500 };

/** The records of one turn in which all went well: `transfer` was approved by ada, and executed once. */
export function goodRecords(): Records & { view: TurnView; approval: ShownApproval } {
  const turn = {
    conversationId: 'fault-1-0',
    shape: 'careful' as const,
    ...ARGUMENTS,
    decisions: { transfer: { rivals: [{ kind: 'approve' as const, approver: 'ada' as const }], afterMs: 0 } },
  };
  const approval: ShownApproval = shown<Approval>({
    approvalId: APPROVAL,
    turnId: TURN,
    conversationId: 'fault-1-0',
    tenant: 'acme',
    assistant: 'cashier',
    toolCallId: 'call_1',
    tool: 'transfer',
    toolDescription: 'Transfers.',
    arguments: ARGUMENTS,
    argumentsDigest: 'sha256:0',
    status: 'approved',
    requestedAt: AT,
    deadline: null,
    runDeadline: null,
    onRunDeadline: 'deny',
    resolvedAt: AT,
    decision: {
      decisionId: 'A-1-0-transfer-0',
      decision: 'approve',
      approver: { id: 'ada' },
      decidedAt: AT,
      source: 'api',
    },
    outcome: 'executed',
  });
  const view: TurnView = {
    turnId: TURN,
    conversationId: 'fault-1-0',
    status: 'completed',
    reply: 'It is settled.',
    approvals: [approval],
  };
  const effect = {
    ...{ row: 1, key: APPROVAL, tool: 'transfer', arguments: ARGUMENTS, tenant: 'acme', turnId: TURN },
    ...{ approvalId: APPROVAL, approver: 'ada', pid: 1, at: AT },
  };
  const request = {
    ...{ time: AT, method: 'POST', query: {}, headers: {}, fault: null, effect: true, status: 200 },
  };
  const metadata = { countersign_key: TURN, countersign_turn: TURN };
  return {
    view,
    approval,
    plan: {
      seed: 1,
      turns: [turn],
      kills: [],
      disturbances: [],
      turnWithinMs: 90_000,
      parkedTurnWithinMs: 150_000,
    },
    http: {
      turns: [{ plan: turn, turnIds: [TURN, TURN], beganAt: AT, endedAt: '2026-01-01T00:00:10.000Z' }],
      decisions: [
        {
          ...{ turnId: TURN, approvalId: APPROVAL, tool: 'transfer', decisionId: 'A-1-0-transfer-0' },
          ...{ kind: 'approve', approver: 'ada' },
          answers: [{ at: AT, status: 200, outcome: 'applied' }],
        },
      ],
      revocations: [],
    },
    views: { [TURN]: view },
    effects: [effect],
    attempts: [effect],
    provider: {
      requests: [
        {
          ...request,
          ...{ id: 'request_1', sequence: 1, operation: 'runs.create', path: '/v1/threads/thread_1/runs' },
          body: { metadata },
        },
        {
          ...request,
          ...{ id: 'request_2', sequence: 2, operation: 'runs.submit' },
          path: '/v1/threads/thread_1/runs/run_1/submit_tool_outputs',
          body: { tool_outputs: [{ tool_call_id: 'call_1', output: 'transfer done, number 1.' }] },
        },
      ],
      runs: [{ id: 'run_1', thread_id: 'thread_1', status: 'completed', metadata }],
      messages: { thread_1: [messageOf(turn)] },
    },
    store: storeOf(approval),
  };
}

/** What the store keeps when all that became of the approval stands in it. */
export function storeOf(approval: ShownApproval): Records['store'] {
  const { approvalId, argumentsDigest: digest, status, decision, parkedAt, outcome } = approval;
  const told: Pick<Entry, 'kind' | 'decisionId' | 'person' | 'status'>[] = [{ kind: 'requested' }];
  if (parkedAt !== undefined) told.push({ kind: 'parked' });
  if (decision !== undefined)
    told.push({ kind: 'voted', decisionId: decision.decisionId, person: { id: decision.approver.id } });
  if (status === 'expired' || status === 'cancelled') told.push({ kind: status });
  else told.push({ kind: 'settled', status });
  if (outcome === 'executed' || outcome === 'unknown') told.push({ kind: 'started' }, { kind: outcome });
  if (status === 'approved' && outcome === 'not_executed') told.push({ kind: 'cancelled' });
  const entries = told.map((entry, sequence): Entry => ({
    ...{ version: 1, tenant: 'acme', time: AT, approvalId, digest, sequence, ...entry },
    id: `${entry.kind}:${approvalId}`,
  }));
  const count = entries.length;
  return {
    entries,
    report: { problems: [], findings: [], trust: 'trusted-keys', provenTo: count, entries: count },
    audit: { approvals: 1, skipped: 0, entries: count, discrepancies: [] },
  };
}
