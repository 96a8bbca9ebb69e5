import { createHash } from 'node:crypto';

import canonicalize from 'canonicalize';

import type { FieldProblem } from '../contracts/approval/decision.ts';
import type { ReviewedCall, ReviewedEdit } from '../contracts/approval/review.ts';
import { argumentsDigest } from '../contracts/digest.ts';
import {
  CALL_ARGUMENTS_BYTES,
  DESCRIPTION_CHARACTERS,
  ROUND_ARGUMENTS_BYTES,
  ROUND_CALLS,
  SENTENCE_CHARACTERS,
} from '../contracts/limits.ts';
import { issueWords } from '../contracts/issue-words.ts';
import type { ToolArguments, ToolCall } from '../contracts/tool-call.ts';
import { inDigits, jsonBytes, shorten } from '../contracts/size.ts';
import type { TurnContext } from '../contracts/turn.ts';
import type { Assistant } from '../define/assistant.ts';
import { toolOfServer } from '../define/mcp.ts';
import { unsteadyField } from '../define/steady.ts';
import type { Tool } from '../define/tool.ts';
import { judge, logError, type Report } from './judge.ts';
import { present } from './present.ts';
import { originOf, wordsOf } from './thrown.ts';
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
 * Reviews all calls of one `requires_action`, each on its own. Calls that pass are accepted in order up to the limits of a round
 * (contracts/limits.ts). The others are refused, and the model may call them again in the next round.
 *
 * @param scope - the scope in which ids of calls are unique: the run's id, or its substitute.
 */
export async function reviewCalls(
  facts: ReviewFacts,
  calls: readonly ToolCall[],
  scope: string,
): Promise<ReviewedCall[]> {
  const reviewed = await Promise.all(
    calls.slice(0, ROUND_CALLS).map((call) => reviewCall(facts, call, scope)),
  );
  let bytes = 0;
  const fitting = reviewed.map((call) => {
    if (call.kind === 'refused') return call;
    const size = jsonBytes(call.arguments);
    if (bytes + size > ROUND_ARGUMENTS_BYTES) {
      const sizes = `arguments have ${inDigits(size)} bytes, those of the calls before it ${inDigits(bytes)}`;
      const limit = `at most ${inDigits(ROUND_ARGUMENTS_BYTES)} are allowed at once`;
      return refused(call, `Not executed: its ${sizes}; ${limit}. ${AGAIN}`);
    }
    bytes += size;
    return call;
  });
  const surplus = calls.slice(ROUND_CALLS).map((call) => {
    const tool = shorten(call.tool, NAME_CHARACTERS);
    const count = `at most ${ROUND_CALLS} calls at once are allowed, these were ${inDigits(calls.length)}`;
    return refused({ ...call, tool }, `Not executed: ${count}. ${AGAIN}`);
  });
  return [...fitting, ...surplus];
}

const AGAIN = 'Nothing was done. Call it again by itself if it is still needed.';

/**
 * Reviews one call before anything else: is it small enough, does the assistant have the tool, do the arguments fit its schema, what does
 * the policy say. A call that fails never runs and is never shown to a person. The model is told why.
 */
async function reviewCall(facts: ReviewFacts, call: ToolCall, scope: string): Promise<ReviewedCall> {
  const { toolCallId, runsAt } = call;
  const name = shorten(call.tool, NAME_CHARACTERS);
  const where = runsAt && { runsAt };
  const refuse = (output: string): ReviewedCall => refused({ toolCallId, tool: name, ...where }, output);
  if (call.problem !== undefined) return refuse(`Not executed: ${call.problem} Nothing was done.`);
  const tool =
    runsAt === 'provider'
      ? toolOfServer(facts.assistant, call.tool)
      : facts.assistant.tools.find((candidate) => candidate.name === call.tool);
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
  const presented = verdict.kind === 'ask' && (await present(tool, parsed.arguments, facts.context));
  return {
    kind: 'ready',
    verdict,
    toolCallId,
    tool: tool.name,
    toolDescription: shorten(tool.description, DESCRIPTION_CHARACTERS),
    approvalId: `${facts.turnId}.${approvalSuffix(scope, call)}`,
    arguments: parsed.arguments,
    argumentsDigest: parsed.argumentsDigest,
    needsApproval: verdict.kind === 'ask',
    effect: tool.effect,
    onError: tool.onError,
    maximumAttempts: tool.maximumAttempts,
    timeoutMs: tool.timeoutMs,
    ...(presented && { presented }),
    ...where,
  };
}

/** More of a name that no tool has is not worth repeating. */
const NAME_CHARACTERS = 64;

/** The output may quote field names of the model's: it is kept as short as any sentence of ours. */
function refused(
  { toolCallId, tool, runsAt }: Pick<ToolCall, 'toolCallId' | 'tool' | 'runsAt'>,
  output: string,
): ReviewedCall {
  const text = shorten(output, SENTENCE_CHARACTERS);
  return { kind: 'refused', toolCallId, tool, output: text, ...(runsAt && { runsAt }) };
}

/** Reviews the arguments of an `edit`: same schema and policy, as if the model had sent them. */
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
  const presented = await present(tool, parsed.arguments, context);
  const { arguments: args, argumentsDigest: digest } = parsed;
  return {
    ...{ kind: 'ready', arguments: args, argumentsDigest: digest, verdict },
    ...(presented && { presented }),
  };
}

function parseCall(tool: Tool, text: string, tenant: string): Parsed {
  const bytes = Buffer.byteLength(text);
  // Not even parsed: as JSON it would take as much, and nothing of it could be carried out.
  if (bytes > CALL_ARGUMENTS_BYTES) return { ok: false, problems: [tooLarge(bytes)] };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, problems: [{ field: '', message: 'The arguments are not valid JSON.' }] };
  }
  return parseArguments(tool, json, tenant);
}

/** A schema is the application's code as well: one that throws, or that answers later, has accepted nothing. */
export function parseArguments(tool: Tool, json: unknown, tenant: string, report: Report = logError): Parsed {
  try {
    // An unhandled rejection would end the worker.
    const read = tool.parameters._zod.run({ value: json, issues: [] }, { async: true });
    if (read instanceof Promise) {
      read.catch(() => undefined);
      return failed({
        why: 'it has an asynchronous check; move asynchronous work into the policy',
      });
    }
    const parsed = tool.parameters.safeParse(json, { error: issueWords });
    return parsed.success
      ? digested(tool, parsed.data, tenant, report)
      : { ok: false, problems: parsed.error.issues.slice(0, PROBLEMS).map(toProblem) };
  } catch (thrown) {
    return failed(originOf(thrown), thrown);
  }

  function failed(facts: Record<string, string>, thrown?: unknown): Parsed {
    report('schema.failed', { tool: tool.name, ...facts }, thrown);
    const message = `The schema of "${tool.name}" failed, so nothing may run.`;
    return { ok: false, problems: [{ field: '', message }] };
  }
}

function digested(tool: Tool, args: ToolArguments, tenant: string, report: Report): Parsed {
  let digest: string;
  try {
    digest = argumentsDigest({ tool: tool.name, arguments: args, tenant });
  } catch (error) {
    // A Date or a broken surrogate pair: what a person would see is not what would run.
    return { ok: false, problems: [{ field: '', message: wordsOf(error) }] };
  }
  // What the schema makes of it may be larger than what came.
  const bytes = jsonBytes(args);
  if (bytes > CALL_ARGUMENTS_BYTES) return { ok: false, problems: [tooLarge(bytes)] };
  const field = unsteadyField(tool.parameters, args);
  if (field !== null) {
    report('schema.unsteady', { tool: tool.name, field });
    const message = 'The schema would change its own result, so what is shown would not be what runs';
    return { ok: false, problems: [{ field, message }] };
  }
  return { ok: true, arguments: args, argumentsDigest: digest };
}

function tooLarge(bytes: number): FieldProblem {
  const message = `They have ${inDigits(bytes)} bytes as JSON; at most ${inDigits(CALL_ARGUMENTS_BYTES)} are allowed. Send less, or a reference to what is stored elsewhere.`;
  return { field: '', message };
}

/** More problems than these do not help to correct the arguments. */
const PROBLEMS = 20;
const PROBLEM_CHARACTERS = 500;

function toProblem(issue: z.core.$ZodIssue): FieldProblem {
  const field = shorten(issue.path.map(String).join('.'), PROBLEM_CHARACTERS);
  return { field, message: shorten(issue.message, PROBLEM_CHARACTERS) };
}

function listProblems(problems: FieldProblem[]): string {
  return problems.map(({ field, message }) => (field === '' ? message : `${field}: ${message}.`)).join(' ');
}

/**
 * The same call of the same run always gets the same id, whatever its place in the list. What is asked for is a part of it, as the model
 * asked: a model that is asked again, or begins each round at `call_0`, gives the id of one call to another one.
 */
function approvalSuffix(scope: string, { toolCallId, tool, arguments: text }: ToolCall): string {
  return createHash('sha256')
    .update(JSON.stringify([scope, toolCallId, tool, canonical(text)]))
    .digest('hex')
    .slice(0, 12);
}

/** However the text is spaced and ordered. */
function canonical(text: string): string {
  try {
    return canonicalize(JSON.parse(text)) ?? text;
  } catch {
    return text; // half a surrogate pair, which the schema may have dropped
  }
}
