import { isDeepStrictEqual } from 'node:util';

import type { Verdict } from '../../contracts/approval/review.ts';
import type { Rule } from '../../contracts/approval/rule.ts';
import { toMs, type Duration } from '../../define/duration.ts';
import type { QuorumOptions } from '../../define/quorum.ts';
import type { Effect } from '../effects.ts';
import type { Judgement } from '../judge.ts';

/** What a check came to, and a sentence about it that is true either way. */
export interface Checked {
  pass: boolean;
  message: string;
}

/** What is expected of a question; what is left out may be anything. */
export interface ExpectedApproval {
  within?: Duration;
  approvers?: string[];
  reason?: string | RegExp;
  onRunDeadline?: Extract<Verdict, { kind: 'ask' }>['onRunDeadline'];
  /** As `requireApproval` takes it. */
  quorum?: QuorumOptions;
  notRequester?: boolean;
  note?: Rule['note'];
  breakGlass?: Rule['breakGlass'];
  freshFor?: Duration;
  auth?: Rule['auth'];
}

/** What is expected of a tool's effects; what is left out may be anything. */
export interface ExpectedRuns {
  /** @default 1 */
  times?: number;
  /** Fields of its arguments, of each time. */
  args?: Record<string, unknown>;
  /** Who let it through. */
  by?: string;
}

export function isAllowed(judgement: Judgement): Checked {
  return said(judgement, judgement.kind === 'allow', 'be allowed');
}

export function needsApproval(judgement: Judgement, expected: ExpectedApproval = {}): Checked {
  const { within, approvers, reason, onRunDeadline } = expected;
  const words = `need an approval${Object.keys(expected).length === 0 ? '' : ` with ${show(expected)}`}`;
  const pass =
    judgement.kind === 'ask' &&
    (within === undefined || judgement.withinMs === toMs(within, 'within')) &&
    (approvers === undefined || isDeepStrictEqual(judgement.approvers, approvers)) &&
    (reason === undefined || isText(judgement.reason, reason)) &&
    (onRunDeadline === undefined || judgement.onRunDeadline === onRunDeadline) &&
    isRule(judgement.rule ?? {}, expected);
  return said(judgement, pass, words);
}

/** What is left out may be anything. */
function isRule(rule: Rule, { quorum, notRequester, note, breakGlass, freshFor, auth }: ExpectedApproval) {
  const isOne = { approve: 1, deny: 1 };
  return (
    (quorum === undefined || isDeepStrictEqual(rule.quorum ?? isOne, { ...isOne, ...quorum })) &&
    (notRequester === undefined || (rule.notRequester ?? false) === notRequester) &&
    (note === undefined || rule.note === note) &&
    (breakGlass === undefined || isDeepStrictEqual(rule.breakGlass, breakGlass)) &&
    (freshFor === undefined || rule.freshForMs === toMs(freshFor, 'freshFor')) &&
    (auth === undefined || isDeepStrictEqual(rule.auth, auth))
  );
}

export function isForbidden(judgement: Judgement, reason?: string | RegExp): Checked {
  const pass = judgement.kind === 'forbid' && (reason === undefined || isText(judgement.reason, reason));
  return said(judgement, pass, `be forbidden${reason === undefined ? '' : ` because of ${show(reason)}`}`);
}

/** @param field - such as `items.0.amountCents`. */
export function isInvalid(judgement: Judgement, field?: string): Checked {
  const pass =
    judgement.kind === 'invalid' &&
    (field === undefined || judgement.problems.some((problem) => problem.field === field));
  return said(judgement, pass, `have invalid arguments${field === undefined ? '' : ` in ${field}`}`);
}

/** @param gate - or anything else that tells of effects. */
export function hasRun(
  gate: { effects: (tool: string) => Effect[] },
  tool: string,
  { times = 1, args, by }: ExpectedRuns = {},
): Checked {
  const all = gate.effects(tool);
  const fitting = all.filter(
    (effect) =>
      (args === undefined ||
        Object.entries(args).every(([name, value]) => isDeepStrictEqual(effect.args[name], value))) &&
      (by === undefined || effect.approver?.id === by),
  );
  const wanted = [
    `"${tool}" to run ${times} times`,
    ...(args === undefined ? [] : [`with ${show(args)}`]),
    ...(by === undefined ? [] : [`let through by ${by}`]),
  ].join(' ');
  const ran = all.map(
    (effect) => `${show(effect.args)} by ${effect.approver?.id ?? 'the policy'}, ${effect.outcome}`,
  );
  return {
    // Another time that does not fit is no less a second effect.
    pass: fitting.length === times && all.length === times,
    message: `${wanted}; it ran ${all.length} times${ran.length === 0 ? '' : `: ${ran.join(' · ')}`}`,
  };
}

function said(judgement: Judgement, pass: boolean, words: string): Checked {
  return { pass, message: `the call to ${words}; the judgement is ${show(judgement)}` };
}

function isText(text: string | undefined, expected: string | RegExp): boolean {
  return text !== undefined && (typeof expected === 'string' ? text.includes(expected) : expected.test(text));
}

function show(value: unknown): string {
  return value instanceof RegExp
    ? String(value)
    : JSON.stringify(value, (_, field: unknown) => (field instanceof RegExp ? String(field) : field));
}
