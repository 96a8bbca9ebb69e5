import { log } from '@temporalio/activity';

import type { DecisionRecord } from '../../contracts/approval/decision.ts';
import { giversOf, type Grant } from '../../contracts/approval/grant.ts';
import type { ReviewedCall, ReviewedEdit, Verdict } from '../../contracts/approval/review.ts';
import { boundDigest } from '../../contracts/approval/narrower.ts';
import type { SignOff, TurnFacts } from '../../contracts/steps.ts';
import type { Assistant } from '../../define/assistant.ts';
import { withoutGrant } from '../../define/grant.ts';
import { answersSoon, isStoreDown, type Recorder } from '../../record/recorder.ts';
import type { KeptGrant } from '../../store/grants.ts';
import { callerOf, signOffBy, termsProblem } from './granted.ts';
import { grantedProblem, type ToRun, type Witnesses } from './sign-off.ts';

/** Nobody waits longer: without an answer people are asked. */
const PATIENCE_MS = 2_000;

/**
 * Looks for grants that let calls through without asking anybody. The policy has been asked about each call before; what holds here is
 * looked at once more right before the effect (sign-off.ts). A store that cannot be asked lets nothing through.
 */
export function createGrantLookup(recorder: Recorder | undefined, witnesses: Witnesses) {
  return { letThrough, asKept };

  async function letThrough(
    { assistant, ...turn }: Omit<TurnFacts, 'assistant'> & { assistant: Assistant },
    calls: readonly ReviewedCall[],
    clock: () => number,
  ): Promise<ReviewedCall[]> {
    return Promise.all(calls.map((call) => byGrant(turn, assistant, call, clock())));
  }

  /** What an edit asks for, as far as it can be kept. */
  function asKept(edit: ReviewedEdit): ReviewedEdit {
    return edit.kind === 'ready' && recorder === undefined ? unkept(edit) : edit;
  }

  async function byGrant(
    { context, ...turn }: Omit<TurnFacts, 'assistant'>,
    assistant: Assistant,
    call: ReviewedCall,
    nowMs: number,
  ): Promise<ReviewedCall> {
    if (call.kind === 'refused' || call.verdict.kind !== 'ask') return call;
    const { verdict } = call;
    const may = verdict.rule?.mayGrant;
    const tool = assistant.tools.find(({ name }) => name === call.tool);
    // What the provider runs nobody looks at once more before the effect.
    if (may === undefined || tool === undefined || call.runsAt === 'provider') return call;
    if (recorder === undefined) return unkept(call);
    const caller = callerOf(assistant.name, turn);
    const { grants } = recorder;
    const { tenant } = context;
    try {
      const { tool: name, arguments: args } = call;
      const user = context.user === undefined ? {} : { requestedBy: context.user };
      const bound = boundDigest({ ...caller, ...user, tool: name, arguments: args, tenant }, may);
      const look = async (): Promise<ReviewedCall> => {
        for (const grant of await grants.matching(tenant, { bound, nowMs })) {
          const run = { call, tool, context, caller, nowMs, grant };
          const problem = await byGrantProblem(
            run,
            { approvalId: call.approvalId, verdict },
            {
              ...witnesses,
              revoked: (of, people) => recorder.revokedAmong(of, people),
              idsOf: (of, names) => recorder.idsOf(of, names),
              grantOf: () => Promise.resolve(grant),
            },
          );
          if (problem === null) return { ...call, byGrant: shownOf(grant) };
          log.info('grant.passed_over', {
            approvalId: call.approvalId,
            grantId: grant.grantId,
            because: problem,
          });
        }
        return call;
      };
      return await answersSoon(look(), PATIENCE_MS);
    } catch (error) {
      if (!isStoreDown(error)) throw error;
      log.warn('grants.unread', { approvalId: call.approvalId, because: error.message });
      return call;
    }
  }
}

/** Why a grant does not let a call through that a policy asks about, for the log; null when it does. */
async function byGrantProblem(
  { grant, ...run }: Omit<ToRun, 'approval'> & { grant: KeptGrant },
  { approvalId, verdict }: { approvalId: string; verdict: Extract<Verdict, { kind: 'ask' }> },
  witnesses: Witnesses,
): Promise<string | null> {
  const { context, caller, nowMs } = run;
  const { approvers, rule } = verdict;
  const unlet = termsProblem(grant, rule?.mayGrant, nowMs);
  if (unlet !== null) return `its policy ${unlet}`;
  const now = new Date(nowMs).toISOString();
  const asked: SignOff = {
    ...{ approvalId, approver: { id: '' }, requestedAt: now, resolvedAt: now, deadline: null, toRunAt: now },
    ...{ votes: [], grantId: grant.grantId },
    ...(approvers && { approvers }),
    ...(rule && { rule }),
    ...(context.user !== undefined && { requestedBy: context.user }),
    ...(caller.startedBy !== undefined && { startedBy: caller.startedBy }),
  };
  const refused = await grantedProblem({ ...run, grant, approval: signOffBy(asked, grant) }, witnesses);
  return refused === null ? null : refused.message;
}

function unkept<Reviewed extends { verdict: Exclude<Verdict, { kind: 'forbid' }> }>(
  reviewed: Reviewed,
): Reviewed {
  const verdict = withoutGrant(reviewed.verdict);
  if (verdict === reviewed.verdict) return reviewed;
  log.warn('grants.not_kept', {
    remedy: 'Give the worker a store (COUNTERSIGN_DATABASE_URL), or remove mayGrant.',
  });
  return { ...reviewed, verdict };
}

/** As people see it. The decision stands for those that gave the grant; their signatures are about what they saw, and stay with it. */
function shownOf({ grantId, votes, until, givenAt }: Grant) {
  const last = votes.at(-1);
  const decision: DecisionRecord = {
    ...{ decisionId: `grant:${grantId}`, decision: 'approve' as const, decidedAt: givenAt, source: 'grant' },
    approver: last?.approver ?? { id: '' },
    ...(last?.authenticated && { authenticated: last.authenticated }),
  };
  return { grantId, by: giversOf({ votes }), until, decision };
}
