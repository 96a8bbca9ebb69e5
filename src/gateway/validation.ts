import type { Hook } from '@hono/zod-openapi';
import type { z } from 'zod';

import type { FieldProblem } from '../contracts/approval/decision.ts';
import { isTooLarge } from '../contracts/too-large.ts';
import type { GatewayEnv } from './gateway-env.ts';
import { Problem } from './problem.ts';

/** What a schema found wrong, as one problem a field. */
export function fieldProblems(issues: readonly z.core.$ZodIssue[]): FieldProblem[] {
  return issues.flatMap((issue): FieldProblem[] => {
    const field = issue.path.map(String).join('.');
    if (issue.code !== 'unrecognized_keys') return [{ field, message: issue.message }];
    return issue.keys.map((key) => ({
      field: field ? `${field}.${key}` : key,
      message: 'is not a known field',
    }));
  });
}

/** A body that is JSON but not what the route takes; `too-large` when nothing but sizes are wrong. */
export function invalidBody(issues: readonly z.core.$ZodIssue[]): Problem {
  const errors = fieldProblems(issues);
  if (issues.every(isTooLarge)) {
    return new Problem('too-large', `A part of the body is too large: ${inWords(errors)}.`, { errors });
  }
  return bodyProblem(errors);
}

export function bodyProblem(errors: FieldProblem[]): Problem {
  return new Problem('invalid-body', `The body is not valid: ${inWords(errors)}.`, { errors });
}

/** What happens on every route when query or body don't fit its schema. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the hook serves routes of every input type, as the library's own type says
export const refuseInvalid: Hook<any, GatewayEnv, any, never> = (result) => {
  if (result.success) return undefined as never;
  const issues = result.error.issues;
  if (result.target === 'json') throw invalidBody(issues);
  const errors = fieldProblems(issues);
  throw new Problem('invalid-request', `The ${result.target} is not valid: ${inWords(errors)}.`, { errors });
};

export function inWords(errors: FieldProblem[]): string {
  return errors.map(({ field, message }) => (field ? `${field} ${message}` : message)).join('; ');
}
