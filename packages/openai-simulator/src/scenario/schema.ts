import { readFile } from 'node:fs/promises';

import { z } from 'zod';

import { SimulatorError } from '../simulator-error.ts';
import { allowedFields, nearest } from './allowed-fields.ts';
import { annotations, builtInUses } from './built-in-schema.ts';
import { lineOf } from './line-of.ts';

/**
 * A scenario plays the model: which words of the latest user message lead to which tool calls, and which reply follows
 * which outputs. Every string of arguments and replies is a template (templates.ts).
 */

const text = (allowed: string) => z.string({ error: allowed }).min(1, { error: allowed });
const list = <Item extends z.ZodType>(item: Item, allowed: string) =>
  z.array(item, { error: allowed }).min(1, { error: allowed });
const milliseconds = z
  .int({ error: 'a whole number of milliseconds' })
  .min(0, { error: '0 milliseconds or more' });

const pattern = (allowed: string) =>
  text(allowed).refine(isRegExp, { error: `${allowed}, and it has to compile` });
const extracting = (allowed: string) =>
  pattern(allowed).refine((source) => /\(\?<\w+>/.test(source), {
    error: `${allowed}: without a named group it extracts nothing`,
  });

/** How the tool of an MCP server fails, as OpenAI tells it (MCPToolCallError of its description). */
const MCP_ERRORS =
  'a text, {"type": "http_error" or "mcp_protocol_error", code, message} or {"type": "mcp_tool_execution_error", content}';
export const mcpError = z.discriminatedUnion(
  'type',
  [
    z.strictObject({
      type: z.enum(['http_error', 'mcp_protocol_error']),
      code: z.int({ error: 'a whole number, such as 500' }),
      message: text('a text'),
    }),
    z.strictObject({ type: z.literal('mcp_tool_execution_error'), content: z.unknown() }),
  ],
  { error: MCP_ERRORS },
);
export type McpError = z.output<typeof mcpError>;

const call = z
  .strictObject({
    tool: text('the name of a tool').describe('the function that is called, known to the run or not'),
    arguments: z
      .record(z.string(), z.unknown(), { error: 'an object' })
      .optional()
      .describe('what the model sends as JSON; strings are templates'),
    rawArguments: z
      .string({ error: 'a text, valid JSON or not' })
      .optional()
      .describe('what the model sends as it stands in place of `arguments`, so it can be malformed'),
    each: extracting('a regular expression with named groups')
      .optional()
      .describe('one call for each match, whose groups are values; one call when nothing matches'),
    mcp: z
      .strictObject(
        {
          serverLabel: text('the label of an MCP server').describe('the label of the server'),
          output: z.string({ error: 'a text' }).optional().describe('what comes back, "Done." if absent'),
          error: z
            .union([text('a text'), mcpError], { error: MCP_ERRORS })
            .optional()
            .describe('how the tool fails, in place of `output`'),
        },
        { error: '{"serverLabel", "output"?, "error"?}' },
      )
      .optional()
      .describe(
        'the tool is that of an MCP server, which OpenAI itself calls in Responses; elsewhere it is a function',
      ),
  })
  .refine((it) => it.arguments === undefined || it.rawArguments === undefined, {
    error: 'a call with "arguments" or with "rawArguments", not with both',
  });

const contains = z.union([text('a text'), list(text('a text'), 'a list of texts')], {
  error: 'a text or a list of texts',
});

const choice = z.strictObject({
  tool: text('the name of a tool').optional().describe('only outputs of this tool count'),
  contains: contains.optional().describe('the output holds this text, or one of these, in whichever case'),
  matches: pattern('a regular expression').optional().describe('the output matches, in whichever case'),
  say: text('the text of the reply').describe('what is said then, a template'),
});
export type Choice = z.output<typeof choice>;

const choices = list(choice, 'a list of {tool?, contains?, matches?, say}');
const reply = z.union([text('a text'), choices, z.strictObject({ perOutput: choices })], {
  error: 'a text, a list of {tool?, contains?, matches?, say}, or {"perOutput": such a list}',
});
export type Reply = z.output<typeof reply>;

const OPENAI_STATUSES = [
  ...['queued', 'in_progress', 'requires_action', 'cancelling', 'cancelled'],
  ...['failed', 'completed', 'incomplete', 'expired'],
];

const ENDS =
  '{"status": "failed", "error": {code, message}}, {"status": "incomplete", reason}, {"status": "cancelled"}, ' +
  '{"status": "expired"}, or a status OpenAI does not have with "holdMs"?; leave "end" out for a run that completes';

const end = z.union(
  [
    z.strictObject({
      status: z.literal('failed'),
      error: z.strictObject({ code: text('an error code such as "server_error"'), message: text('a text') }),
    }),
    z.strictObject({
      status: z.literal('incomplete'),
      reason: text('a reason such as "max_completion_tokens"'),
    }),
    z.strictObject({ status: z.enum(['cancelled', 'expired']) }),
    z
      .strictObject({ status: text('a status'), holdMs: milliseconds.optional() })
      .refine(({ status }) => !OPENAI_STATUSES.includes(status), { error: ENDS }),
  ],
  { error: ENDS },
);
const rule = z.strictObject({
  name: text('a name').optional().describe('a name, for readers'),
  when: list(text('a word or phrase'), 'a list of words or phrases').describe(
    'words or phrases that are all in the message, in whichever case',
  ),
  unless: list(text('a word or phrase'), 'a list of words or phrases')
    .optional()
    .describe('words or phrases of which none is in the message'),
  extract: list(extracting('a regular expression with named groups'), 'a list of regular expressions')
    .optional()
    .describe('named groups found in the message become values for templates'),
  values: z
    .record(z.string(), z.string({ error: 'a text' }), { error: 'an object of texts' })
    .optional()
    .describe('what a value is when nothing was found'),
  thinkMs: milliseconds.optional().describe('how long the model thinks in each round'),
  rounds: z
    .array(
      z.strictObject({ calls: list(call, 'a list of calls').describe('calls the model makes at once') }),
      {
        error: 'a list of {calls}',
      },
    )
    .optional()
    .describe('rounds of calls; the next one follows the outputs of the one before'),
  builtIn: builtInUses.optional().describe('what tools that run at the provider do before the first calls'),
  reply: reply.optional().describe('what the model says in the end'),
  annotations: annotations.optional().describe('what the reply cites, mark by mark'),
  end: end.optional().describe('how a run ends, unless it completes'),
});
export type Rule = z.output<typeof rule>;

const scenario = z.strictObject({
  $schema: text('where its JSON schema is').optional().describe('for editors; nothing is fetched'),
  rules: z
    .array(rule, { error: 'a list of rules' })
    .describe('the first rule that fits the latest message of the user is played'),
  otherwise: z.strictObject({ reply }).optional().describe('what is said when no rule fits'),
});
export type Scenario = z.output<typeof scenario>;

/** What an editor checks a scenario by, as JSON Schema: scenario.schema.json of the package. */
export const scenarioJsonSchema = (): object => z.toJSONSchema(scenario, { io: 'input' });

/** A scenario that cannot be played. The message names the field, what is allowed there and the remedy. */
export class ScenarioError extends SimulatorError {
  override readonly name = 'ScenarioError';
}

/**
 * Checks a scenario.
 *
 * @example
 * ```ts
 * const simulator = await startSimulator({
 *   scenario: parseScenario({ rules: [{ when: ['refund'], rounds: [{ calls: [{ tool: 'refund_order' }] }] }] }),
 * });
 * ```
 *
 * @param from - where it comes from, for the message.
 * @throws ScenarioError naming every field that does not fit.
 */
export function parseScenario(input: unknown, from = 'The scenario'): Scenario {
  return parse(input, from, () => '');
}

/** @param where - what stands before a fault, such as its line. */
function parse(input: unknown, from: string, where: (path: PropertyKey[]) => string): Scenario {
  const parsed = scenario.safeParse(input);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => {
    const { path, words } = describe(issue);
    return `  ${where(path)}${words}`;
  });
  throw new ScenarioError(`${from} cannot be played. Correct it there:\n${faults.join('\n')}`);
}

/**
 * Reads and checks a scenario file (JSON). A name in place of a path, such as `human-approval`, is one that comes with the package.
 *
 * @throws ScenarioError when there is no such file, it is not JSON, or it does not fit: then with the line.
 */
export async function loadScenario(path: string): Promise<Scenario> {
  let source: string;
  try {
    source = await readFile(broughtAlong(path) ?? path, 'utf8');
  } catch (cause) {
    const message = `The scenario file ${path} cannot be read. Name a JSON file that exists, or leave it out to play the refund desk.`;
    throw new ScenarioError(message, { cause });
  }
  let input: unknown;
  try {
    input = JSON.parse(source);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    // Of a text that stops too early Node names no line.
    const line = /line \d+/.test(reason) ? '' : `, line ${source.trimEnd().split('\n').length}`;
    throw new ScenarioError(`The scenario file ${path} is not JSON (${reason}${line}). Correct it.`, {
      cause,
    });
  }
  return parse(input, `The scenario file ${path}`, (field) => `line ${lineOf(source, field)}: `);
}

/** What is wrong, and the path of the field that is. */
function describe(issue: z.core.$ZodIssue): { path: PropertyKey[]; words: string } {
  const path = issue.path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('');
  const field = path === '' ? 'the whole' : path;
  if (issue.code === 'unrecognized_keys') {
    const allowed = allowedFields(scenarioJsonSchema(), issue.path);
    const meant = nearest(issue.keys[0] ?? '', allowed);
    const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`;
    const words = `${field} has the unknown field "${issue.keys.join('", "')}".${hint} Allowed are: ${allowed.join(', ')}.`;
    return { path: [...issue.path, ...issue.keys.slice(0, 1)], words };
  }
  if (issue.code === 'invalid_union') {
    // The branch that got past its own beginning knows the field that is wrong.
    const deepest = issue.errors
      .map((errors) => errors[0])
      .filter((inner) => inner !== undefined)
      .sort((a, b) => b.path.length - a.path.length)[0];
    if (deepest !== undefined && deepest.path.length > 1)
      return describe({ ...deepest, path: [...issue.path, ...deepest.path] });
  }
  return { path: issue.path, words: `${field} must be ${issue.message}.` };
}

/** Where a scenario of the package is, when this is the name of one and no path. */
function broughtAlong(name: string): URL | null {
  return /^[a-z-]+$/.test(name) ? new URL(`../../scenarios/${name}.json`, import.meta.url) : null;
}

function isRegExp(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}
