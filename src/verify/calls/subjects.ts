import type { ToolArguments } from '../../contracts/tool-call.ts';
import type { Verdict } from '../../contracts/approval/review.ts';
import type { App } from '../../define/app.ts';
import type { Tool } from '../../define/tool.ts';
import { judge } from '../../testing/judge.ts';
import { broken, holds, notExercised, type Finding } from '../findings.ts';
import { textOf } from '../host/notes.ts';
import type { SampleCall } from '../hooks.ts';
import { shorten, wordsOf } from '../words.ts';
import { deriveArguments } from './derive.ts';

/** One call, and what the policy says about it. */
export interface JudgedCall {
  arguments: ToolArguments;
  context: Record<string, unknown>;
  verdict: Exclude<Verdict, { kind: 'forbid' }>;
}

/** A tool as `verify` tries it. */
export interface Subject {
  tool: Tool;
  assistant: string;
  /** Given by the user, or derived from the schema. */
  isGiven: boolean;
  /** The call that is tried: one that asks, if there is one. Null when there is nothing to try. */
  call: JudgedCall | null;
  /** Another call, to change the first one to. */
  other: JudgedCall | null;
  /** What the policy says of how many of the calls. */
  verdicts: Record<Verdict['kind'], number>;
  /** What is found by asking the policy alone. */
  findings: Finding[];
}

const TIMES = 4;

/** Every tool of the application with calls to try it, judged. */
export async function toSubjects(app: App, given: readonly SampleCall[]): Promise<Subject[]> {
  const subjects: Subject[] = [];
  const seen = new Set<Tool>();
  for (const { name: assistant, tools } of app.assistants) {
    for (const tool of tools) {
      if (seen.has(tool)) continue;
      seen.add(tool);
      const own = given.filter((call) => call.tool === tool.name);
      subjects.push(await toSubject(app, tool, assistant, own));
    }
  }
  return subjects;
}

async function toSubject(
  app: App,
  tool: Tool,
  assistant: string,
  given: readonly SampleCall[],
): Promise<Subject> {
  const isGiven = given.length > 0;
  const samples = isGiven ? given : deriveArguments(tool).map((args) => ({ arguments: args, context: {} }));
  const subject: Subject = {
    ...{ tool, assistant, isGiven, call: null, other: null },
    verdicts: { allow: 0, ask: 0, forbid: 0 },
    findings: [],
  };
  const { findings, verdicts } = subject;
  if (samples.length === 0) {
    const remedy = howToGiveCalls(tool.name);
    findings.push(
      notExercised('returns', tool.name, 'No arguments could be derived from its schema.', remedy),
    );
    return subject;
  }
  const calls: JudgedCall[] = [];
  for (const { arguments: args, context = {} } of samples) {
    const facts = { tenant: 'verify', user: 'verify', ...context };
    try {
      const answers = [];
      for (let time = 0; time < TIMES; time += 1) answers.push(await judge(app, tool.name, args, facts));
      const [verdict] = answers;
      if (verdict === undefined) continue;
      if (verdict.kind === 'invalid') {
        const [problem] = verdict.problems;
        const why = `The sample call ${shown(args)} does not fit its schema: ${problem?.field ?? ''} ${problem?.message ?? ''}.`;
        findings.push(notExercised('returns', tool.name, why, howToGiveCalls(tool.name)));
        continue;
      }
      const different = answers.find((answer) => textOf(answer) !== textOf(verdict));
      if (different !== undefined) {
        const why = `Asked ${TIMES} times about ${shown(args)}, the policy said "${verdict.kind}" and then ${same(verdict, different)}.`;
        return { ...subject, findings: [broken('policy-wavers', tool.name, why)] };
      }
      verdicts[verdict.kind] += 1;
      if (verdict.kind !== 'forbid') calls.push({ arguments: args, context, verdict });
    } catch (error) {
      return {
        ...subject,
        findings: [
          broken(
            'policy-throws',
            tool.name,
            `For ${shown(args)}: ${wordsOf(error)}. Such a call is forbidden.`,
          ),
        ],
      };
    }
  }
  const changed = await changedByPolicy(tool, samples);
  if (changed !== null) return { ...subject, findings: [broken('changes-arguments', tool.name, changed)] };
  subject.call = calls.find(({ verdict }) => verdict.kind === 'ask') ?? calls[0] ?? null;
  subject.other =
    calls.find(({ arguments: args }) => textOf(args) !== textOf(subject.call?.arguments)) ?? null;
  findings.push(
    holds('policy-answers', tool.name, `It answered ${samples.length} calls with a verdict.`),
    holds('policy-steady', tool.name, `It said the same of each call ${TIMES} times.`),
  );
  if (subject.call === null) {
    const why = 'The policy forbids every call that was tried.';
    findings.push(notExercised('returns', tool.name, why, howToGiveCalls(tool.name)));
  }
  return subject;
}

function same(verdict: { kind: string }, different: { kind: string }): string {
  return different.kind === verdict.kind ? 'the same with other conditions' : `"${different.kind}"`;
}

/** @returns how, as a sentence; null when it leaves them alone. */
async function changedByPolicy(
  tool: Tool,
  samples: readonly { arguments: ToolArguments; context?: Record<string, unknown> }[],
): Promise<string | null> {
  for (const { arguments: args, context = {} } of samples) {
    const parsed = tool.parameters.safeParse(args);
    if (!parsed.success) continue;
    const before = textOf(parsed.data);
    await tool.judge(parsed.data, { tenant: 'verify', user: 'verify', ...context });
    const after = textOf(parsed.data);
    if (after !== before) return `The policy was given ${shorten(before)} and left ${shorten(after)} behind.`;
  }
  return null;
}

export function howToGiveCalls(tool: string): string {
  return `Give a sample call: --calls with { "calls": [{ "tool": "${tool}", "arguments": { … } }] }, or examples in the schema with .meta({ examples: [ … ] }).`;
}

function shown(args: ToolArguments): string {
  return shorten(textOf(args));
}
