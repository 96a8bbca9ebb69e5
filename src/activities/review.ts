import { createHash } from 'node:crypto';

import { log } from '@temporalio/activity';

import type {
  FieldProblem,
  ReviewedCall,
  ReviewedEdit,
  ToolArguments,
  Verdict,
} from '../contracts/approval.ts';
import { argumentsDigest } from '../contracts/digest.ts';
import type { RunReference, ToolCall } from '../contracts/run.ts';
import type { TurnContext } from '../contracts/turn.ts';
import type { Assistant, Tool } from '../define.ts';
import type { z } from 'zod';

/** What a review must know about the turn beside the call. */
export interface ReviewFacts {
  assistant: Assistant;
  turnId: string;
  context: TurnContext;
}

type Parsed =
  { ok: true; arguments: ToolArguments; argumentsDigest: string } | { ok: false; problems: FieldProblem[] };

/**
 * Looks at one call before anything else happens to it: does the assistant have the tool, do the arguments fit its schema,
 * what does the policy say. What fails is never run and never shown as approvable; the model is told why.
 */
export async function reviewCall(
  facts: ReviewFacts,
  call: ToolCall,
  run: RunReference,
): Promise<ReviewedCall> {
  const { toolCallId, tool: name } = call;
  const refuse = (output: string): ReviewedCall => ({ kind: 'refused', toolCallId, tool: name, output });
  const tool = facts.assistant.tools.find((candidate) => candidate.name === name);
  if (tool === undefined) {
    const known = facts.assistant.tools.map((candidate) => candidate.name).join(', ') || 'none';
    return refuse(`Not executed: there is no tool "${name}". Tools that exist: ${known}.`);
  }
  const parsed = parseCall(tool, call.arguments, facts.context.tenant);
  if (!parsed.ok) {
    return refuse(
      `Not executed: the arguments do not fit the tool. ${listProblems(parsed.problems)} Nothing was done.`,
    );
  }
  const verdict = await judge(tool, parsed.arguments, facts.context);
  if (verdict.kind === 'forbid') return refuse(`Not executed: not allowed. ${verdict.reason}`);
  return {
    kind: 'ready',
    verdict,
    toolCallId,
    tool: tool.name,
    toolDescription: tool.description,
    approvalId: `${facts.turnId}.${approvalSuffix(run, toolCallId)}`,
    arguments: parsed.arguments,
    argumentsDigest: parsed.argumentsDigest,
    needsApproval: verdict.kind === 'ask',
    effect: tool.effect,
    onError: tool.onError,
    maximumAttempts: tool.maximumAttempts,
    timeoutMs: tool.timeoutMs,
  };
}

/** Looks at the arguments a person proposes with `edit`: same schema, same policy, as if the model had sent them. */
export async function reviewEdited(
  tool: Tool,
  proposed: ToolArguments,
  context: TurnContext,
): Promise<ReviewedEdit> {
  const parsed = parseArguments(tool, proposed, context.tenant);
  if (!parsed.ok) return { kind: 'refused', reason: 'invalid_arguments', problems: parsed.problems };
  const verdict = await judge(tool, parsed.arguments, context);
  if (verdict.kind === 'forbid') {
    const problems = [{ field: 'arguments', message: `are not allowed by the policy: ${verdict.reason}` }];
    return { kind: 'refused', reason: 'forbidden', problems };
  }
  return { kind: 'ready', arguments: parsed.arguments, argumentsDigest: parsed.argumentsDigest, verdict };
}

/** Asks the policy. One that throws has not allowed anything: the call is refused, and the log says why. */
async function judge(tool: Tool, args: ToolArguments, context: TurnContext): Promise<Verdict> {
  try {
    return await tool.judge(args, context);
  } catch (error) {
    log.error('policy.failed', {
      tool: tool.name,
      error: error instanceof Error ? error.message : String(error),
    });
    return { kind: 'forbid', reason: `The policy of "${tool.name}" failed, so nothing may run.` };
  }
}

function parseCall(tool: Tool, text: string, tenant: string): Parsed {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, problems: [{ field: '', message: 'The arguments are not valid JSON.' }] };
  }
  return parseArguments(tool, json, tenant);
}

function parseArguments(tool: Tool, json: unknown, tenant: string): Parsed {
  const parsed = tool.parameters.safeParse(json);
  if (!parsed.success) return { ok: false, problems: parsed.error.issues.map(toProblem) };
  try {
    const digest = argumentsDigest({ tool: tool.name, arguments: parsed.data, tenant });
    return { ok: true, arguments: parsed.data, argumentsDigest: digest };
  } catch (error) {
    // A Date or a broken surrogate pair: what a person would see is not what would run.
    return {
      ok: false,
      problems: [{ field: '', message: error instanceof Error ? error.message : String(error) }],
    };
  }
}

function toProblem(issue: z.core.$ZodIssue): FieldProblem {
  return { field: issue.path.join('.'), message: issue.message };
}

function listProblems(problems: FieldProblem[]): string {
  return problems.map(({ field, message }) => (field === '' ? message : `${field}: ${message}.`)).join(' ');
}

/** The same call of the same run always gets the same id, whatever its place in the list. */
function approvalSuffix(run: RunReference, toolCallId: string): string {
  return createHash('sha256')
    .update(JSON.stringify([run.runId, toolCallId]))
    .digest('hex')
    .slice(0, 12);
}
