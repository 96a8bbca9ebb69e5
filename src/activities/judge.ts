import { setTimeout as sleep } from 'node:timers/promises';

import { log } from '@temporalio/activity';

import type { ToolArguments } from '../contracts/tool-call.ts';
import type { Verdict } from '../contracts/approval/review.ts';
import { DefinitionError } from '../contracts/definition-error.ts';
import { SENTENCE_CHARACTERS } from '../contracts/limits.ts';
import { inDigits, shorten } from '../contracts/size.ts';
import type { TurnContext } from '../contracts/turn.ts';
import { narrowerProblem } from '../define/grant.ts';
import type { Tool } from '../define/tool.ts';
import { readVerdict } from '../define/verdict.ts';
import { originOf } from './thrown.ts';

/** A person may wait for the answer, and the model's run expires: a policy that looks something up has so much time. */
const POLICY_LIMIT_MS = 10_000;

/**
 * Asks the policy. Only a verdict allows anything: one that throws, answers something else, or does not answer in time, forbids, and
 * the log says why.
 */
export async function judge(
  tool: Tool,
  args: ToolArguments,
  context: TurnContext,
  report: Report = logError,
): Promise<Verdict> {
  const limit = new AbortController();
  try {
    const answer = await Promise.race([
      tool.judge(args, context),
      sleep(POLICY_LIMIT_MS, NO_ANSWER, { signal: limit.signal }),
    ]);
    if (answer === NO_ANSWER) return failed({ why: `no verdict after ${inDigits(POLICY_LIMIT_MS)} ms` });
    const read = readVerdict(answer);
    if (!read.ok)
      return failed({
        why: shorten(`${read.why}: use allow(), forbid() or requireApproval()`, SENTENCE_CHARACTERS),
      });
    const { verdict } = read;
    const wide = narrowerProblem(verdict, tool.jsonSchema);
    if (wide !== null) return failed({ why: shorten(wide, SENTENCE_CHARACTERS) });
    if (verdict.kind === 'allow' || verdict.reason === undefined) return verdict;
    return { ...verdict, reason: shorten(verdict.reason, SENTENCE_CHARACTERS) };
  } catch (thrown) {
    // Our own words: requireApproval says which field of a rule nobody can meet.
    const why = thrown instanceof DefinitionError && { why: shorten(thrown.message, SENTENCE_CHARACTERS) };
    return failed({ ...originOf(thrown), ...why }, thrown);
  } finally {
    limit.abort();
  }

  function failed(facts: Record<string, string>, thrown?: unknown): Verdict {
    report('policy.failed', { tool: tool.name, ...facts }, thrown);
    return { kind: 'forbid', reason: `The policy of "${tool.name}" failed, so nothing may run.` };
  }
}

/** Hears of application code that failed. What it threw may hold arguments: it belongs into no log. */
export type Report = (event: string, facts: Record<string, string>, thrown?: unknown) => void;

export const logError: Report = (event, facts) => {
  log.error(event, facts);
};

const NO_ANSWER = Symbol('no answer');
