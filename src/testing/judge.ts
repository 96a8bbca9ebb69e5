import { judge as judgeCall, type Report } from '../activities/judge.ts';
import { parseArguments } from '../activities/review.ts';
import { toolNames, findTool } from './tools.ts';
import type { FieldProblem } from '../contracts/approval/decision.ts';
import type { Verdict } from '../contracts/approval/review.ts';
import type { TurnContext } from '../contracts/turn.ts';
import type { App } from '../define/app.ts';
import { TestingError } from './production.ts';

/** What becomes of a call before anybody is asked: arguments that do not fit the tool's schema never reach its policy. */
export type Judgement = Verdict | { kind: 'invalid'; problems: FieldProblem[] };

/** Of whom and for whom; the tenant is `test` unless it is given. */
export type JudgeContext = Partial<TurnContext>;

/**
 * What the schema and the policy of a tool make of a call, by the code that looks at every call of a model. No server, no worker.
 *
 * @throws TestingError when the application has no such tool, and when the policy or the schema throws or answers something else than a
 *   verdict; in production such a call is forbidden.
 */
export async function judge(
  app: App,
  tool: string,
  args: Record<string, unknown>,
  context: JudgeContext = {},
): Promise<Judgement> {
  const found = findTool(app, tool);
  if (found === undefined) {
    throw new TestingError(`The application has no tool "${tool}". Tools it has: ${toolNames(app)}.`);
  }
  const failures: TestingError[] = [];
  const report: Report = (event, facts, thrown) => {
    const words = thrown instanceof Error ? thrown.message : (facts.why ?? facts.field ?? String(thrown));
    failures.push(new TestingError(`${event} of "${tool}": ${words}`, { cause: thrown }));
  };
  const facts = { tenant: 'test', ...context };
  const parsed = parseArguments(found, args, facts.tenant, report);
  const verdict = parsed.ok && (await judgeCall(found, parsed.arguments, facts, report));
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  return verdict || { kind: 'invalid', problems: parsed.ok ? [] : parsed.problems };
}
