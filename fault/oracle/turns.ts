import { FINAL_TURN_STATUSES } from '../../src/contracts/turn.ts';
import type { Records, TurnSent } from '../records.ts';
import { isCarried } from './told.ts';
import { TENANT } from '../settings.ts';
import { gatedToolsOf, type Shape } from '../shapes.ts';
import type { Complain } from './violations.ts';

/** Every accepted turn ends, as planned and when nothing holds it any more, and has asked what it had to ask. */
export function judgeTurns(records: Records, complain: Complain): void {
  const { http, views } = records;
  for (const sent of http.turns) {
    const { plan, turnIds } = sent;
    const [turnId, ...others] = [...new Set(turnIds)];
    if (turnId === undefined) {
      complain('turn.refused', plan.conversationId, 'No start was answered 202.');
      continue;
    }
    if (others.length > 0) complain('turn.twice', plan.conversationId, `${turnId} and ${others.join(', ')}`);
    judgeEnd(records, turnId, PLANNED_ENDS[plan.shape] ?? ['completed'], complain);
    judgeTime(records, sent, turnId, complain);
    judgeAsked(records, sent, turnId, complain);
    const { status, approvals = [], continuations = [] } = views[turnId] ?? {};
    const isParked = approvals.some(({ parkedAt }) => parkedAt !== undefined);
    if (status === 'completed' && isParked && continuations.length === 0) {
      complain('continuation.missing', turnId, 'It had a parked question, and no turn came after it.');
    }
    for (const continuation of continuations) {
      judgeEnd(records, continuation, ['completed'], complain);
    }
  }
}

/** A turn takes as long as its people, the deaths around it and the limits of its plan; then it is over. */
function judgeTime({ plan }: Records, sent: TurnSent, turnId: string, complain: Complain): void {
  if (plan.turnWithinMs === undefined || plan.parkedTurnWithinMs === undefined) return;
  const limitMs = sent.plan.shape === 'parked' ? plan.parkedTurnWithinMs : plan.turnWithinMs;
  if (sent.endedAt === undefined) {
    complain('turn.hung', turnId, 'It was not seen to be over while it was followed.');
    return;
  }
  const tookMs = Date.parse(sent.endedAt) - Date.parse(sent.beganAt);
  if (tookMs > limitMs) complain('turn.hung', turnId, `It took ${Math.round(tookMs / 1_000)} s.`);
}

/** Each risky call of a completed turn was asked about, of its tenant, and what was planned about it was said. */
function judgeAsked(
  { http, views, provider }: Records,
  { plan }: TurnSent,
  turnId: string,
  complain: Complain,
): void {
  const view = views[turnId];
  if (view === undefined || view === null || !FINAL_TURN_STATUSES.has(view.status)) return;
  for (const approval of view.approvals) {
    if (approval.tenant !== TENANT)
      complain('tenant.wrong', approval.approvalId, `It is ${approval.tenant}'s.`);
    if (approval.status === 'pending') {
      complain('approval.left-open', approval.approvalId, `Its turn is ${view.status}.`);
    }
  }
  if (view.status !== 'completed') return;
  if ((view.reply ?? '').trim() === '') complain('reply.empty', turnId, 'It is completed, and says nothing.');
  for (const tool of gatedToolsOf(plan.shape)) {
    const approval = view.approvals.find((one) => one.tool === tool);
    if (approval === undefined) {
      // A run that ended early is followed by one that only hears of it: its model asks for nothing more.
      if (isCarried(provider, turnId)) continue;
      complain('approval.missing', turnId, `Nobody was asked about ${tool}.`);
      continue;
    }
    const isPlanned = (plan.decisions[tool]?.rivals.length ?? 0) > 0;
    const isSent = http.decisions.some(({ approvalId }) => approvalId === approval.approvalId);
    if (isPlanned && !isSent)
      complain('decision.unsent', approval.approvalId, `${tool} is ${approval.status}.`);
  }
}

/** Where it is not `completed`. Whoever cancels beside a decision may come too late. */
const PLANNED_ENDS: Partial<Record<Shape, readonly string[]>> = {
  withdrawn: ['cancelled'],
  retracted: ['cancelled', 'completed'],
};

function judgeEnd({ views }: Records, turnId: string, planned: readonly string[], complain: Complain): void {
  const view = views[turnId];
  if (view === undefined || view === null) {
    complain('turn.lost', turnId, 'Nobody knows it.');
  } else if (!FINAL_TURN_STATUSES.has(view.status)) {
    complain('turn.lost', turnId, `At the end it was ${view.status}.`);
  } else if (!planned.includes(view.status)) {
    const { type = '', message = '' } = view.failure ?? {};
    complain(
      'turn.ended-badly',
      turnId,
      `It is ${view.status}, not ${planned.join(' or ')}. ${type} ${message}`.trim(),
    );
  }
}
