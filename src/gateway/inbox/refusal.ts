import type { FieldProblem, Receipt } from '../../contracts/approval/decision.ts';

/** Why a decision was refused, for the form it came from. */
export interface Refusal {
  status: 403 | 409 | 413 | 422;
  errors: readonly FieldProblem[];
  message?: string;
}

export const CHANGED_SINCE =
  'The arguments have changed since you looked. Below is what would run now; nothing was decided.';

/** A form that was sent, and sent once more after something in it was changed. */
export const FORM_REUSED = {
  errors: [],
  message:
    'This form was already sent with other content. The first one counts; this one was not applied. Below is the approval as it is now.',
} satisfies Omit<Refusal, 'status'>;

export function refusalOf({ reason = 'malformed_decision', problems = [] }: Receipt): Refusal {
  switch (reason) {
    case 'digest_mismatch':
      return {
        status: 409,
        errors: [],
        message: CHANGED_SINCE,
      };
    case 'not_an_approver':
      return { status: 403, errors: [], message: 'You are not among those who may decide this.' };
    case 'requester':
      return { status: 403, errors: [], message: 'This was asked for you: somebody else must decide.' };
    case 'revoked':
      return { status: 403, errors: [], message: 'Your right to decide has been taken away.' };
    case 'authentication_too_old':
      return { status: 403, errors: problemsOr(problems, 'wants you to sign in again') };
    case 'already_voted':
      return { status: 409, errors: [], message: 'You have voted before, and a vote stands.' };
    case 'not_break_glass':
      return { status: 403, errors: problemsOr(problems, 'cannot be settled by right of emergency') };
    case 'unattested':
      return {
        status: 403,
        errors: [],
        message:
          'The workers do not trust the key of this gateway. Tell whoever runs it; nothing was decided.',
      };
    case 'note_required':
      return { status: 422, errors: problemsOr(problems, 'needs a reason') };
    case 'invalid_arguments':
      return { status: 422, errors: problemsOr(problems, 'does not fit the tool') };
    case 'forbidden':
      return { status: 422, errors: problemsOr(problems, 'is forbidden by the policy') };
    case 'not_possible':
      return { status: 422, errors: problemsOr(problems, 'can be approved or denied only') };
    case 'under_review':
      return {
        status: 409,
        errors: [],
        message:
          'Another person’s edit is being checked. Nothing was decided: reload in a moment, then decide if it is still pending.',
      };
    case 'too_many_edits':
      return { status: 422, errors: problemsOr(problems, 'was edited too often by you') };
    case 'too_large':
      return { status: 413, errors: problemsOr(problems, 'is too large beside the turn’s other approvals') };
    case 'malformed_decision':
      return { status: 422, errors: problemsOr(problems, 'is not a decision we understand') };
    default:
      return reason satisfies never;
  }
}

function problemsOr(problems: readonly FieldProblem[], message: string): readonly FieldProblem[] {
  return problems.length > 0 ? problems : [{ field: '', message: `This ${message}.` }];
}
