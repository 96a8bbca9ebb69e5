import { setTimeout as sleep } from 'node:timers/promises';

import type { Label, Labels, Presented, PresentedField } from '../contracts/approval/presented.ts';
import { issueWords } from '../contracts/issue-words.ts';
import { cutToJsonBytes, inDigits, jsonBytes, shorten } from '../contracts/size.ts';
import type { ToolArguments } from '../contracts/tool-call.ts';
import type { TurnContext } from '../contracts/turn.ts';
import { PresentationSchema } from '../define/present.ts';
import type { Tool } from '../define/tool.ts';
import { logError, type Report } from './judge.ts';
import { originOf } from './thrown.ts';

/** A person waits for the card. */
const LIMIT_MS = 5_000;
const MOST = {
  fields: 30,
  lineBytes: 300,
  textBytes: 2_000,
  allBytes: 8_000,
  labels: 100,
  depth: 4,
} as const;

/**
 * How a call is shown to people. It decides nothing: where `present` fails, the card has what the schema says, and says so.
 *
 * @returns undefined where neither the tool nor its schema says anything.
 */
export async function present(
  tool: Tool,
  args: ToolArguments,
  context: TurnContext,
  report: Report = logError,
): Promise<Presented | undefined> {
  if (tool.present === undefined) return bySchema(tool);
  const limit = new AbortController();
  const failed = (facts: Record<string, string>, thrown?: unknown): Presented => {
    report('present.failed', { tool: tool.name, ...facts }, thrown);
    return { by: 'schema', labels: {}, ...bySchema(tool), failed: true };
  };
  try {
    // A copy: what it does to its arguments is not done to those that run.
    const answer = await Promise.race([
      tool.present(structuredClone(args), structuredClone(context)),
      sleep(LIMIT_MS, NO_ANSWER, { signal: limit.signal }),
    ]);
    if (answer === NO_ANSWER) return failed({ why: `no answer after ${inDigits(LIMIT_MS)} ms` });
    const parsed = PresentationSchema.safeParse(answer, { error: issueWords });
    if (parsed.success) return cut(parsed.data);
    const [issue] = parsed.error.issues;
    const why = `${issue?.path.map(String).join('.') ?? ''} ${issue?.message ?? ''}`.trim();
    return failed({ why: shorten(why, MOST.lineBytes) });
  } catch (thrown) {
    return failed(originOf(thrown), thrown);
  } finally {
    limit.abort();
  }
}

const NO_ANSWER = Symbol('no answer');

function cut({ title, summary, fields = [], risk }: ReturnType<typeof PresentationSchema.parse>): Presented {
  const kept: PresentedField[] = [];
  let bytes = 0;
  for (const { label, value, ...field } of fields.slice(0, MOST.fields)) {
    const text = cutToJsonBytes(value, MOST.textBytes);
    const left = value.length - text.length;
    const next = { label: line(label), value: text, ...field, ...(left > 0 && { left }) };
    bytes += jsonBytes(next);
    if (bytes > MOST.allBytes) break;
    kept.push(next);
  }
  const left = fields.length - kept.length;
  return {
    by: 'tool',
    ...(title !== undefined && title.trim() !== '' && { title: line(title) }),
    ...(summary !== undefined && summary.trim() !== '' && { summary: withMark(summary, MOST.textBytes) }),
    fields: kept,
    ...(risk && { risk }),
    ...(left > 0 && { left }),
  };
}

const line = (text: string) => withMark(text, MOST.lineBytes);

function withMark(text: string, bytes: number): string {
  const kept = cutToJsonBytes(text, bytes);
  return kept === text ? text : shorten(text, kept.length);
}

function bySchema(tool: Tool): Extract<Presented, { by: 'schema' }> | undefined {
  const room = { labels: MOST.labels, bytes: MOST.allBytes };
  const labels = labelsOf(tool.jsonSchema, room, MOST.depth);
  return labels && { by: 'schema', labels };
}

function labelsOf(
  schema: unknown,
  room: { labels: number; bytes: number },
  depth: number,
): Labels | undefined {
  const found: [string, Label][] = [];
  const { properties, items } = asObject(schema);
  if (properties === undefined)
    return items === undefined || depth === 0 ? undefined : labelsOf(items, room, depth - 1);
  for (const [name, property] of Object.entries(asObject(properties))) {
    const { title, description, format } = asObject(property);
    const label: Label = {
      ...(isText(title) && { title: line(title) }),
      ...(isText(description) && { description: line(description) }),
      ...(isText(format) && { format: line(format) }),
    };
    room.labels -= 1;
    room.bytes -= jsonBytes({ [name]: label });
    if (room.labels < 0 || room.bytes < 0) break;
    const inner = depth === 0 ? undefined : labelsOf(property, room, depth - 1);
    if (Object.keys(label).length > 0 || inner) found.push([name, { ...label, ...(inner && { inner }) }]);
  }
  // `__proto__` is a name like another one.
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}
