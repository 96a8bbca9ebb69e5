import type { Choice, McpError, Reply, Rule, Scenario } from './schema.ts';
import { renderJson, renderText, type Values } from './templates.ts';

/** What the model will do in one run. It is fixed when the run is created, by the latest user message alone. */
export interface Script {
  message: string;
  rule: Rule;
}

export interface PlannedCall {
  name: string;
  arguments: string;
  /** The tool of a server that OpenAI itself calls; its output comes from there. */
  mcp?: { serverLabel: string; output: string; error?: McpError | undefined };
}

/** A call that has its output. */
export interface SettledCall {
  name: string;
  arguments: string;
  output: string;
}

export type Move = { kind: 'call'; calls: PlannedCall[] } | { kind: 'end'; reply: string | undefined };

const SILENCE = 'I have nothing to say to that.';

/** Takes the first rule whose words all stand in the message. */
export function chooseScript(scenario: Scenario, message: string): Script {
  const isMentioned = (phrase: string) => mentions(message, phrase);
  const rule = scenario.rules.find(
    ({ when, unless }) => when.every(isMentioned) && unless?.some(isMentioned) !== true,
  );
  return { message, rule: rule ?? { when: [], reply: scenario.otherwise?.reply ?? SILENCE } };
}

/** What the model does once it has thought for the n-th time (from 0), given all outputs so far. */
export function nextMove({ message, rule }: Script, round: number, settled: readonly SettledCall[]): Move {
  const calls = rule.rounds?.[round]?.calls;
  if (calls === undefined) return { kind: 'end', reply: replyOf({ message, rule }, settled) };
  const values = { ...valuesOf(message, rule), ...outputValues(settled) };
  return {
    kind: 'call',
    calls: calls.flatMap((call) =>
      eachMatch(message, call.each).map((found) => ({
        name: call.tool,
        arguments:
          call.rawArguments ?? JSON.stringify(renderJson(call.arguments ?? {}, { ...values, ...found })),
        ...(call.mcp !== undefined && {
          mcp: {
            serverLabel: call.mcp.serverLabel,
            output: renderText(call.mcp.output ?? 'Done.', { ...values, ...found }),
            error: toMcpError(call.mcp.error),
          },
        }),
      })),
    ),
  };
}

/** A text stands for what a tool says of itself when it fails. */
function toMcpError(error: McpError | string | undefined): McpError | undefined {
  if (typeof error !== 'string') return error;
  return { type: 'mcp_tool_execution_error', content: [{ type: 'text', text: error }] };
}

/** "refund" is mentioned in "Refunds, please", but not in "prerefund" nor in the name "refund_order". */
function mentions(message: string, phrase: string): boolean {
  const words = phrase
    .trim()
    .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/\s+/g, '\\s+');
  return new RegExp(`(?<![\\p{L}\\p{N}_])${words}(?![\\p{L}\\p{N}]*_)`, 'iu').test(message);
}

function valuesOf(message: string, rule: Rule): Values {
  const found = (rule.extract ?? []).map((source) => namedGroups(new RegExp(source, 'i').exec(message)));
  // What an earlier expression found goes over what a later one did.
  return found.reduceRight<Values>((values, groups) => ({ ...values, ...groups }), {
    message,
    ...rule.values,
  });
}

function eachMatch(message: string, source: string | undefined): Values[] {
  if (source === undefined) return [{}];
  const found = [...message.matchAll(new RegExp(source, 'gi'))].map(namedGroups);
  return found.length > 0 ? found : [{}];
}

function namedGroups(match: RegExpExecArray | null): Values {
  const groups: [string, string | undefined][] = Object.entries(match?.groups ?? {});
  return Object.fromEntries(groups.filter(([, text]) => text !== undefined));
}

/** `output.<tool>` (several joined by a space), `call.<tool>` and `outputs`, all of them. */
function outputValues(settled: readonly SettledCall[]): Values {
  const values: Values = { outputs: settled.map(({ output }) => output).join('\n') };
  for (const { name, arguments: args, output } of settled) {
    const before = values[`output.${name}`];
    values[`output.${name}`] = typeof before === 'string' ? `${before} ${output}` : output;
    values[`call.${name}`] = args;
  }
  return values;
}

/** What the model says given these outputs, whatever calls it had planned. */
export function replyOf({ message, rule }: Script, settled: readonly SettledCall[]): string | undefined {
  const { reply } = rule;
  if (reply === undefined) return rule.end === undefined ? SILENCE : undefined;
  return say(reply, { ...valuesOf(message, rule), ...outputValues(settled) }, settled);
}

function say(reply: Reply, values: Values, settled: readonly SettledCall[]): string {
  if (typeof reply === 'string') return renderText(reply, values);
  if (Array.isArray(reply)) {
    const chosen = reply.find(
      (choice) => isUnconditional(choice) || settled.some((call) => fits(choice, call)),
    );
    return chosen === undefined ? SILENCE : renderText(chosen.say, values);
  }
  const sentences = settled.map((call) => {
    const own: Values = { ...values, tool: call.name, output: call.output, call: call.arguments };
    const chosen = reply.perOutput.find((choice) => fits(choice, call));
    return chosen === undefined ? call.output : renderText(chosen.say, own);
  });
  return sentences.length > 0 ? sentences.join(' ') : SILENCE;
}

function isUnconditional({ tool, contains, matches }: Choice): boolean {
  return tool === undefined && contains === undefined && matches === undefined;
}

function fits({ tool, contains, matches }: Choice, { name, output }: SettledCall): boolean {
  const texts = typeof contains === 'string' ? [contains] : contains;
  const lower = output.toLowerCase();
  return (
    (tool === undefined || tool === name) &&
    (texts === undefined || texts.some((text) => lower.includes(text.toLowerCase()))) &&
    (matches === undefined || new RegExp(matches, 'i').test(output))
  );
}
