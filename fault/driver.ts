import { setTimeout as sleep } from 'node:timers/promises';

import type { SigningKey } from '@countersign/receipts';

import type { Approval } from '../src/contracts/approval/approval.ts';
import { attested } from '../src/contracts/approval/attest.ts';
import type { Decision } from '../src/contracts/approval/decision.ts';
import { FINAL_TURN_STATUSES } from '../src/contracts/turn.ts';
import type { Disturber } from './disturber.ts';
import { isInconclusive, until, type Api } from './api.ts';
import { GROUPS, type Approver } from './people.ts';
import type { DecisionPlan, Rival, TurnPlan } from './plan.ts';
import type { DecisionSent, HttpRecord, TurnSent } from './records.ts';
import { TENANT } from './settings.ts';
import { messageOf, type GatedTool } from './shapes.ts';

/** Carries turns from their start to their end over HTTP, as a service and its approvers would, and writes down every answer. */
export interface Driver {
  /** Resolves when the turn is over, or its time is up. */
  carry(turn: TurnPlan): Promise<void>;
  /** Only starts it. @returns its id, or null when it was not accepted in time */
  begin(turn: TurnPlan): Promise<string | null>;
  /** Its first question, once it stands. */
  question(turnId: string): Promise<Approval | null>;
  /** Sends one decision until it is answered conclusively; `insists`: until a receipt says what became of it. */
  decide(question: Question, rival: Rival, index: number, insists?: boolean): Promise<DecisionSent>;
  readonly record: HttpRecord;
}

export interface DriverOptions {
  api: Api;
  disturber: Pick<Disturber, 'signalDecision'>;
  keys: Record<Approver, string>;
  /** The gateway's, for decisions that go past it as it would leave them. */
  signingKey: SigningKey;
  /** How long one turn may take. */
  turnLimitMs: number;
  signal: AbortSignal;
}

interface Question {
  plan: TurnPlan;
  approval: Approval;
}

const PAUSE_MS = 250;
/** A decision is answered for at least this long, so that none is left unanswered because its turn took long. */
const ANSWER_LIMIT_MS = 30_000;

export function createDriver(options: DriverOptions): Driver {
  const { api, disturber, keys, signingKey, turnLimitMs, signal } = options;
  const record: HttpRecord = { turns: [], decisions: [], revocations: [] };

  async function carry(plan: TurnPlan): Promise<void> {
    const endMs = Date.now() + turnLimitMs;
    const turnId = await begin(plan);
    if (turnId === null) return;
    const acting: Promise<unknown>[] = [];
    const act = (work: Promise<unknown>): void => {
      work.catch(() => undefined); // told at the end, if we come to it
      acting.push(work);
    };
    const seen = new Set<string>();
    let isWithdrawn = false;
    let isRevoked = false;
    while (Date.now() < endMs) {
      const turn = await api.readTurn(turnId, 5);
      for (const approval of turn?.approvals ?? []) {
        if (seen.has(approval.approvalId) || !isDue(plan, approval)) continue;
        seen.add(approval.approvalId);
        act(settle({ plan, approval }));
      }
      if (plan.cancelAfterMs !== undefined && !isWithdrawn && turn?.status === 'awaiting_decision') {
        isWithdrawn = true;
        act(withdraw(turnId, plan.cancelAfterMs));
      }
      const granted = turn?.approvals.find((approval) => approval.granted !== undefined);
      if (plan.revokeAfterMs !== undefined && granted !== undefined && !isRevoked) {
        isRevoked = true;
        act(revoke(granted.approvalId, plan.revokeAfterMs));
      }
      if (turn !== null && FINAL_TURN_STATUSES.has(turn.status)) {
        const sent = record.turns.find((one) => one.plan === plan);
        if (sent !== undefined) sent.endedAt = new Date().toISOString();
        break;
      }
      await sleep(PAUSE_MS, undefined, { signal });
    }
    await Promise.all(acting);
  }

  /** Starts it, and asks once more with the same key: that must name the same turn. */
  async function begin(plan: TurnPlan): Promise<string | null> {
    const { conversationId } = plan;
    const sent: TurnSent = { plan, turnIds: [], beganAt: new Date().toISOString() };
    record.turns.push(sent);
    const request = { conversationId, message: messageOf(plan), key: `start-${conversationId}` };
    const turnId = await until(() => api.startTurn(request), { withinMs: turnLimitMs, signal });
    if (turnId === null) return null;
    sent.turnIds.push(turnId);
    const again = await api.startTurn(request);
    if (again !== null) sent.turnIds.push(again);
    return turnId;
  }

  function question(turnId: string): Promise<Approval | null> {
    const look = async (): Promise<Approval | null> => (await api.readTurn(turnId, 5))?.approvals[0] ?? null;
    return until(look, { withinMs: turnLimitMs, signal });
  }

  async function withdraw(turnId: string, afterMs: number): Promise<void> {
    await sleep(afterMs, undefined, { signal });
    const cancel = async (): Promise<true | null> => ((await api.cancelTurn(turnId)) ? true : null);
    await until(cancel, { withinMs: ANSWER_LIMIT_MS, signal });
  }

  async function revoke(grantId: string, afterMs: number): Promise<void> {
    await sleep(afterMs, undefined, { signal });
    const take = async (): Promise<true | null> =>
      (await api.revokeGrant(grantId, keys.grace)) ? true : null;
    if ((await until(take, { withinMs: ANSWER_LIMIT_MS, signal })) !== null)
      record.revocations.push({ grantId, at: new Date().toISOString() });
  }

  async function settle(asked: Question): Promise<void> {
    const planned = asked.plan.decisions[asked.approval.tool as GatedTool];
    if (planned === undefined) return;
    await sleep(planned.afterMs, undefined, { signal });
    if (planned.isInTurn !== true) {
      await Promise.all(planned.rivals.map((rival, index) => decide(asked, rival, index)));
      return;
    }
    for (const [index, rival] of planned.rivals.entries()) await decide(await now(asked), rival, index, true);
  }

  /** As it stands: somebody may have changed the arguments. */
  async function now({ plan, approval }: Question): Promise<Question> {
    const view = await api.readTurn(approval.turnId);
    const standing = view?.approvals.find(({ approvalId }) => approvalId === approval.approvalId);
    return { plan, approval: standing ?? approval };
  }

  async function decide(
    question: Question,
    rival: Rival,
    index: number,
    insists = false,
  ): Promise<DecisionSent> {
    const { plan } = question;
    let { approval } = question;
    const sent = toSent(plan, approval, rival, index);
    record.decisions.push(sent);
    const request = () => ({
      approvalId: sent.approvalId,
      apiKey: keys[sent.approver],
      decisionId: sent.decisionId,
      body: {
        decision: sent.kind,
        argumentsDigest: approval.argumentsDigest,
        ...(sent.arguments !== undefined && { arguments: sent.arguments }),
        ...(sent.response !== undefined && { response: sent.response }),
        ...(sent.note !== undefined && { note: sent.note }),
        ...(rival.isBreakGlass && { breakGlass: true }),
        ...(rival.isGrant && { grant: true }),
      },
    });
    const left = rival.isSignal ? await toLeave(approval, sent) : undefined;
    const ask = async (): Promise<true | null> => {
      const answer = left ? await disturber.signalDecision(sent.turnId, left) : await api.decide(request());
      sent.answers.push(answer);
      if (insists && OTHERS_CHANGE_IT.has(answer.outcome)) {
        ({ approval } = await now({ plan, approval }));
        return null;
      }
      const isLeft = answer.outcome === 'accepted' && left === undefined;
      return isInconclusive(answer) || (insists && isLeft) ? null : true;
    };
    await until(ask, { withinMs: ANSWER_LIMIT_MS, pauseMs: 300, signal });
    return sent;
  }

  /** As the gateway leaves it; or as a stranger does, who has no key. */
  async function toLeave(approval: Approval, sent: DecisionSent): Promise<Decision> {
    const decision = toSignal(approval, sent);
    return sent.isForged ? decision : attested(signingKey, TENANT, decision);
  }

  return { carry, begin, question, decide, record };
}

/** What is refused because it was about what stood there before, or while that is being changed. */
const OTHERS_CHANGE_IT = new Set(['digest-mismatch', 'decision-under-review']);

/** Whether it is time for the planned decision: at once, or when the question is parked or over. */
function isDue({ shape, decisions }: TurnPlan, approval: Approval): boolean {
  const planned: DecisionPlan | undefined = decisions[approval.tool as GatedTool];
  // Nobody is asked about what a grant lets through.
  if (planned === undefined || approval.byGrant !== undefined) return false;
  if (planned.isTooLate === true) return approval.status !== 'pending';
  if (shape === 'parked') return approval.parkedAt !== undefined || approval.status !== 'pending';
  return true;
}

/** As the gateway leaves it when no worker answers. */
function toSignal({ argumentsDigest }: Approval, sent: DecisionSent): Decision {
  const { approvalId, decisionId, kind, approver, arguments: edited, response } = sent;
  return {
    ...{ approvalId, decisionId, decision: kind, argumentsDigest },
    approver: { id: approver, groups: GROUPS[approver] },
    ...(edited !== undefined && { arguments: edited }),
    ...(response !== undefined && { response }),
    authenticated: { by: 'key', name: approver },
    decidedAt: new Date().toISOString(),
    source: 'api',
  };
}

function toSent(plan: TurnPlan, approval: Approval, rival: Rival, index: number): DecisionSent {
  const { kind, approver, note, isForged } = rival;
  const { turnId, approvalId } = approval;
  const tool = approval.tool as GatedTool;
  return {
    ...{ turnId, approvalId, tool, kind, approver },
    decisionId: `${plan.orderId}-${tool}-${index}`,
    // A tenth less, and different for each rival.
    ...(kind === 'edit' && {
      arguments: { orderId: plan.orderId, amountCents: Math.floor(plan.amountCents * 0.9) - index },
    }),
    ...(note !== undefined && { note }),
    ...(isForged && { isForged }),
    ...(kind === 'respond' && { response: `${approver} says: leave order ${plan.orderId} alone.` }),
    answers: [],
  };
}
