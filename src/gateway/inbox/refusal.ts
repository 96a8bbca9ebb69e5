import type { FieldProblem, Receipt } from '../../contracts/approval/decision.ts';
import { words } from './strings/words.ts';

/** Why a decision was refused, for the form it came from. */
export interface Refusal {
  status: 403 | 409 | 413 | 422;
  errors: readonly FieldProblem[];
  message?: string;
}

export function refusalOf({ reason = 'malformed_decision', problems = [] }: Receipt): Refusal {
  const { refused } = words();
  switch (reason) {
    case 'digest_mismatch':
      return {
        status: 409,
        errors: [],
        message: refused.changed,
      };
    case 'not_an_approver':
      return { status: 403, errors: [], message: refused.notAnApprover };
    case 'requester':
      return { status: 403, errors: [], message: refused.requester };
    case 'revoked':
      return { status: 403, errors: [], message: refused.revoked };
    case 'authentication_too_old':
      return { status: 403, errors: ours(problems, refused.signInAgain) };
    case 'already_voted':
      return { status: 409, errors: [], message: refused.voted };
    case 'not_break_glass':
      return { status: 403, errors: ours(problems, refused.notBreakGlass) };
    case 'unattested':
      return {
        status: 403,
        errors: [],
        message: refused.unattested,
      };
    case 'note_required':
      return { status: 422, errors: ours(problems, refused.noteRequired) };
    case 'invalid_arguments':
      return { status: 422, errors: theirs(problems, refused.invalidArguments) };
    case 'forbidden':
      return { status: 422, errors: theirs(problems, refused.forbidden) };
    case 'not_possible':
      return { status: 422, errors: ours(problems, refused.notPossible) };
    case 'under_review':
      return {
        status: 409,
        errors: [],
        message: refused.underReview,
      };
    case 'too_many_edits':
      return { status: 422, errors: ours(problems, refused.tooManyEdits) };
    case 'too_large':
      return { status: 413, errors: ours(problems, refused.tooLarge) };
    case 'malformed_decision':
      return { status: 422, errors: ours(problems, refused.malformed) };
    default:
      return reason satisfies never;
  }
}

/** What is wrong by our own rules: in the words of the worker, which say more, where the reader has their language. */
function ours(problems: readonly FieldProblem[], message: string): readonly FieldProblem[] {
  return words().refused.asWorkersSay && problems.length > 0 ? problems : [{ field: '', message }];
}

/** What the tool or the policy finds wrong: nobody but them can say it. */
function theirs(problems: readonly FieldProblem[], message: string): readonly FieldProblem[] {
  if (words().refused.asWorkersSay && problems.length > 0) return problems;
  return [{ field: '', message }, ...problems];
}
