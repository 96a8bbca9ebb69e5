import type { ToolArguments } from '../contracts/tool-call.ts';
import type { FieldProblem } from '../contracts/approval/decision.ts';
import type { ReviewedEdit } from '../contracts/approval/review.ts';
import { argumentsDigest } from '../contracts/digest.ts';
import { issueWords } from '../contracts/issue-words.ts';
import { REQUEST_TOOL, RequestArgumentsSchema } from '../contracts/request.ts';

/** Activities around requests: approvals with no run behind them. */
export function createRequestActivities() {
  return { reviewRequestEdit };
}

/** What a person proposes in place of what was asked: does it still say what is to be done? */
function reviewRequestEdit(proposal: { tenant: string; arguments: ToolArguments }): Promise<ReviewedEdit> {
  const parsed = RequestArgumentsSchema.safeParse(proposal.arguments, { error: issueWords });
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }): FieldProblem => {
      return { field: path.map(String).join('.'), message };
    });
    return Promise.resolve({ kind: 'refused', reason: 'invalid_arguments', problems });
  }
  const { tenant } = proposal;
  const digest = argumentsDigest({ tool: REQUEST_TOOL, arguments: parsed.data, tenant });
  return Promise.resolve({
    kind: 'ready',
    arguments: parsed.data,
    argumentsDigest: digest,
    verdict: { kind: 'allow' },
  });
}
