import { z } from 'zod';

import {
  builtInToolsProblem,
  toBuiltInTools,
  type BuiltInToolOptions,
  type BuiltInTools,
} from './built-in-tools.ts';
import { chatOptionsProblem, type ChatOptions } from './chat-options.ts';
import type {
  Approver,
  Channel,
  Effect,
  OnRunDeadline,
  ToolArguments,
  Verdict,
} from './contracts/approval.ts';
import type { McpServer, ResponsesOptions } from './contracts/assistant.ts';
import type { WhilePending } from './contracts/conversation.ts';
import { ID_RULES, isName } from './contracts/ids.ts';
import { REQUEST_TOOL } from './contracts/request.ts';
import type { Protocol } from './contracts/run.ts';
import type { TurnContext } from './contracts/turn.ts';
import { identityFieldsProblem } from './identity-fields.ts';
import type { InteractionLogOptions } from './interaction-log/interaction.ts';
import { interactionLogProblem } from './interaction-log/problem.ts';

/** A length of time: milliseconds, or a number with its unit such as `'90s'`, `'10m'`, `'4h'`, `'3d'`. */
export type Duration = number | `${number}${'s' | 'm' | 'h' | 'd'}`;

/** A declaration that cannot work; the message names what is wrong and what is allowed. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';
}

/** A tool throws this when trying again is pointless: the failure is final, also for an idempotent tool. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

/** What a tool is told beside its arguments. Nothing in here comes from the model. */
export interface ToolContext {
  /** Trusted facts of the turn: tenant, user and whatever the service passed as `context`. */
  readonly context: TurnContext;
  readonly conversationId: string;
  readonly turnId: string;
  /** The same for every attempt of this call and for no other call: hand it to the system that has the effect. */
  readonly idempotencyKey: string;
  /** Who signed it off; absent when the policy let the call through. */
  readonly approval?: { approvalId: string; approver: Approver; note?: string };
  /** Aborts when the turn is cancelled or the worker shuts down. */
  readonly signal: AbortSignal;
}

/** Which calls need a person: one verdict for all calls, or a function of the parsed arguments and the trusted context. */
export type Policy<Args> = Verdict | ((args: Args, context: TurnContext) => Verdict | Promise<Verdict>);

export interface ToolOptions<Schema extends z.ZodObject> {
  /** 1 to 64 letters, digits, `_` or `-`; what the model calls it. */
  name: string;
  /** For the model and, on the card, for the approver. */
  description: string;
  parameters: Schema;
  /**
   * Fields named like a tenant or a user (`tenant`, `user_id`, …) that the model may fill in nevertheless, each with the
   * reason why: `{ userId: 'whose account is closed; who may close it follows from the context' }`. A field of an object or
   * of a list's elements is named with its path, such as `orders.userId`. Without a reason such a field is refused.
   */
  identityFields?: Readonly<Record<string, string>>;
  policy: Policy<z.output<Schema>>;
  /**
   * What a repeated call does. `idempotent`: nothing more, thanks to `idempotencyKey`, so it is retried. `reconcilable`:
   * `reconcile` is asked before every further attempt. `at-most-once`: never repeated; when its outcome is unknown, people
   * are told so.
   *
   * @default 'at-most-once'
   */
  effect?: Effect;
  /** Of a reconcilable tool: whether the call with this key has had its effect, and what came of it. */
  reconcile?: (
    idempotencyKey: string,
    args: z.output<Schema>,
    context: ToolContext,
  ) => Reconciled | Promise<Reconciled>;
  /**
   * When it throws: `report` tells the model, `fail` ends the turn.
   *
   * @default 'report'
   */
  onError?: 'report' | 'fail';
  /** Attempts of an idempotent or reconcilable tool that throws. @default 3 */
  maximumAttempts?: number;
  /** One attempt's limit. @default '60s' */
  timeout?: Duration;
  /** Does it. A string is the tool output as it stands, anything else goes to the model as JSON. */
  execute: (args: z.output<Schema>, context: ToolContext) => unknown;
}

/** What a tool knows of an earlier attempt. `output` is what `execute` would have returned. */
type Reconciled = { done: false } | { done: true; output: unknown };

/** A declared tool, with the types of its arguments erased so that tools of every shape fit one list. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly parameters: z.ZodObject;
  /** JSON schema of `parameters`, for the provider. */
  readonly jsonSchema: Record<string, unknown>;
  /** Whether its policy may hold a call: everything but a plain `allow()`. */
  readonly isGated: boolean;
  readonly effect: Effect;
  readonly onError: 'report' | 'fail';
  readonly maximumAttempts: number;
  readonly timeoutMs: number;
  /** Where a policy that is the same for all calls asks, too; of a policy that is a function it shows call by call. */
  readonly askAlso?: Channel;
  judge(args: ToolArguments, context: TurnContext): Promise<Verdict>;
  execute(args: ToolArguments, context: ToolContext): Promise<unknown>;
  /** Of a reconcilable tool only. */
  reconcile?(args: ToolArguments, context: ToolContext): Promise<Reconciled>;
}

/**
 * An MCP server whose tools the provider calls by itself (`responses` only). Every call of them is put to `policy`; once it is
 * approved the provider runs it, and it cannot be taken back. Its arguments cannot be edited and nobody can answer in its
 * place.
 */
export interface McpOptions extends McpServer {
  readonly policy: Policy<McpCall>;
}

/** One call of a server's tool: `tool` is the server's name for it. Its arguments are checked by the server alone. */
export interface McpCall {
  readonly tool: string;
  readonly arguments: ToolArguments;
}

export interface Assistant {
  readonly name: string;
  readonly model: string;
  readonly instructions: string;
  readonly tools: readonly Tool[];
  readonly whilePending: WhilePending;
  readonly chat?: ChatOptions;
  readonly mcp: readonly McpOptions[];
  readonly responses?: ResponsesOptions;
  /** Absent when it has none. */
  readonly builtInTools?: BuiltInTools;
}

export interface App {
  readonly assistants: readonly Assistant[];
  readonly interactionLog?: InteractionLogOptions;
}

/** The call runs without asking anybody. */
export function allow(): Verdict {
  return { kind: 'allow' };
}

/** The call never runs; the model is told the reason. */
export function forbid(reason: string): Verdict {
  return { kind: 'forbid', reason };
}

/**
 * A person must sign the call off.
 *
 * @param rule.within - how long the question stands; else until the run's deadline.
 * @param rule.onRunDeadline - when the run cannot wait any longer: `deny` tells the model that time is up, `cancel` cancels
 *   the run and ends the turn, `park` lets the run end without and keeps the question open. By default `park` when `within`
 *   reaches beyond the run, else `deny`.
 * @param rule.approvers - groups of which the approver must belong to one.
 * @param rule.reason - why, in words for the approver.
 * @param rule.askAlso - `handover`: the question is asked at the Handover, too, and whoever answers first wins. Tool,
 *   description and arguments leave the house. The worker needs COUNTERSIGN_HANDOVER_URL and COUNTERSIGN_HANDOVER_API_KEY.
 */
export function requireApproval(
  rule: {
    within?: Duration;
    onRunDeadline?: OnRunDeadline;
    approvers?: string[];
    reason?: string;
    askAlso?: Channel;
  } = {},
): Verdict {
  const { within, onRunDeadline, approvers, reason, askAlso } = rule;
  if (onRunDeadline === 'park' && within === undefined) {
    throw new DefinitionError(
      'requireApproval({ onRunDeadline: "park" }) needs "within": until when may it stay open?',
    );
  }
  return {
    kind: 'ask',
    ...(onRunDeadline === undefined ? {} : { onRunDeadline }),
    ...(within === undefined ? {} : { withinMs: toMs(within, 'within') }),
    ...(approvers === undefined ? {} : { approvers }),
    ...(reason === undefined ? {} : { reason }),
    ...(askAlso === undefined ? {} : { askAlso }),
  };
}

/**
 * Refuses an application that would ask where nobody has said how.
 *
 * @throws DefinitionError naming the tool and what to set. A policy that is a function is not called here: what it asks for
 *   without a channel stays in the inbox, and the worker's log says so.
 */
export function requireChannels({ assistants }: App, configured: readonly Channel[]): void {
  for (const { name, askAlso } of assistants.flatMap(({ tools }) => tools)) {
    if (askAlso === undefined || configured.includes(askAlso)) continue;
    const remedy = 'Set COUNTERSIGN_HANDOVER_URL and COUNTERSIGN_HANDOVER_API_KEY, or take askAlso away';
    throw new DefinitionError(
      `The policy of tool "${name}" has askAlso "${askAlso}", which is not configured. ${remedy}.`,
    );
  }
}

/**
 * @param protocol - the one the worker speaks.
 * @throws DefinitionError for an assistant that counts on what only another protocol has. It would be left out in silence.
 */
export function requireSpoken({ assistants }: App, protocol: Protocol): void {
  for (const { name, mcp, builtInTools } of assistants) {
    const only = (field: string, needed: Protocol): string =>
      `Assistant "${name}" has ${field}, which only "${needed}" knows, and the worker speaks "${protocol}". Set COUNTERSIGN_PROVIDER to "${needed}", or take ${field} away.`;
    if (mcp.length > 0 && protocol !== 'responses') throw new DefinitionError(only('mcp', 'responses'));
    if (builtInTools && protocol !== 'assistants') {
      throw new DefinitionError(only('builtInTools', 'assistants'));
    }
  }
}

/**
 * Declares a tool of an assistant and which of its calls need a person.
 *
 * @throws DefinitionError for a name, description or limit that cannot work, and for parameters by which the model could say
 *   for which tenant or user it acts (`identityFields`).
 */
export function defineTool<Schema extends z.ZodObject>(options: ToolOptions<Schema>): Tool {
  const { name, description, parameters, policy, effect = 'at-most-once', onError = 'report' } = options;
  if (!isName(name)) {
    throw new DefinitionError(`Tool name "${name}": use ${ID_RULES.name}.`);
  }
  if (name === REQUEST_TOOL) {
    throw new DefinitionError(
      `Tool name "${name}" stands for what is asked for by POST /decisions, in the inbox and its lists: take another one.`,
    );
  }
  if (description.trim() === '') {
    throw new DefinitionError(
      `Tool "${name}" has no description: say what it does, the model and the approver read it.`,
    );
  }
  const { reconcile } = options;
  if ((effect === 'reconcilable') !== (reconcile !== undefined)) {
    throw new DefinitionError(
      `Tool "${name}": effect "reconcilable" and a reconcile function belong together.`,
    );
  }
  const maximumAttempts = effect === 'at-most-once' ? 1 : (options.maximumAttempts ?? 3);
  if (effect === 'at-most-once' && (options.maximumAttempts ?? 1) !== 1) {
    throw new DefinitionError(`Tool "${name}" is at-most-once, so maximumAttempts must be 1 or absent.`);
  }
  if (!Number.isInteger(maximumAttempts) || maximumAttempts < 1) {
    throw new DefinitionError(`Tool "${name}": maximumAttempts must be a whole number of at least 1.`);
  }
  const jsonSchema = toJsonSchema(name, parameters);
  const problem = identityFieldsProblem(jsonSchema, options.identityFields ?? {});
  if (problem !== null) throw new DefinitionError(`Tool "${name}": ${problem}`);
  return {
    name,
    description,
    parameters,
    jsonSchema,
    isGated: typeof policy === 'function' || policy.kind !== 'allow',
    effect,
    onError,
    maximumAttempts,
    timeoutMs: toMs(options.timeout ?? '60s', `timeout of tool "${name}"`),
    ...(typeof policy !== 'function' &&
      policy.kind === 'ask' &&
      policy.askAlso !== undefined && { askAlso: policy.askAlso }),
    // The one place where erased types come back: callers pass what `parameters` has parsed.
    judge: async (args, context) =>
      typeof policy === 'function' ? policy(args as z.output<Schema>, context) : Promise.resolve(policy),
    execute: async (args, context) => await options.execute(args as z.output<Schema>, context),
    ...(reconcile && {
      reconcile: async (args: ToolArguments, context: ToolContext) =>
        await reconcile(context.idempotencyKey, args as z.output<Schema>, context),
    }),
  };
}

/**
 * Declares an assistant: the model, its instructions and its tools.
 *
 * @param options.whilePending - what happens to a message that comes while a turn of the conversation waits for a person: it
 *   waits too (`queue`, the default), it is answered now and the question stays open (`park`), or it is refused (`reject`).
 * @param options.mcp - servers whose tools the provider calls by itself, with COUNTERSIGN_PROVIDER `responses`.
 * @param options.responses - what only that protocol has.
 * @param options.chat - what only servers that speak Chat Completions look at.
 * @param options.builtInTools - tools that run at the provider, with no sign-off: `{ codeInterpreter: true, fileSearch:
 *   { vectorStoreIds: ['vs_…'] } }`.
 * @throws DefinitionError for two tools with one name, for an MCP server that cannot be gated, and for options that cannot work.
 */
export function defineAssistant(options: {
  name: string;
  model: string;
  instructions: string;
  tools?: Tool[];
  builtInTools?: BuiltInToolOptions;
  whilePending?: WhilePending;
  mcp?: McpOptions[];
  responses?: ResponsesOptions;
  chat?: ChatOptions;
}): Assistant {
  const {
    name,
    model,
    instructions,
    tools = [],
    whilePending = 'queue',
    mcp = [],
    responses,
    chat,
  } = options;
  if (!isName(name)) {
    throw new DefinitionError(`Assistant name "${name}": use ${ID_RULES.name}.`);
  }
  const twice = firstRepeated(tools.map((tool) => tool.name));
  if (twice !== undefined) {
    throw new DefinitionError(`Assistant "${name}" has two tools named "${twice}": give each its own name.`);
  }
  const problem =
    mcpProblem(mcp, responses) ??
    chatOptionsProblem(chat ?? {}) ??
    builtInToolsProblem(options.builtInTools ?? {});
  if (problem !== null) throw new DefinitionError(`Assistant "${name}": ${problem}`);
  const builtInTools = toBuiltInTools(options.builtInTools ?? {});
  return {
    ...{ name, model, instructions, tools, whilePending, mcp },
    ...(builtInTools && { builtInTools }),
    ...(responses && { responses }),
    ...(chat && { chat }),
  };
}

function mcpProblem(mcp: readonly McpOptions[], responses: ResponsesOptions | undefined): string | null {
  const unfit = mcp.find(({ serverLabel }) => !isName(serverLabel));
  if (unfit) return `serverLabel "${unfit.serverLabel}": use ${ID_RULES.name}.`;
  const twice = firstRepeated(mcp.map(({ serverLabel }) => serverLabel));
  if (twice !== undefined) return `two MCP servers are labelled "${twice}": give each its own serverLabel.`;
  const nowhere = mcp.find(({ serverUrl }) => !/^https?:/.test(serverUrl) || !URL.canParse(serverUrl));
  if (nowhere) {
    return `serverUrl "${nowhere.serverUrl}" of "${nowhere.serverLabel}" must be a URL with https: or http:.`;
  }
  // A lost approval would be sent again there, and the server's tool might run twice.
  if (mcp.length > 0 && responses?.state === 'previous_response') {
    return 'mcp needs responses.state "conversation", in which a lost approval is found again. Leave "previous_response" out.';
  }
  return null;
}

/**
 * A tool of an MCP server as if it had been declared here, to be put to the policy. It is never executed on our side.
 *
 * @param name - `<serverLabel>.<tool>`.
 * @returns undefined when the assistant has no such server.
 */
export function toolOfServer({ mcp }: Assistant, name: string): Tool | undefined {
  const label = name.slice(0, Math.max(0, name.indexOf('.')));
  const server = mcp.find(({ serverLabel }) => serverLabel === label);
  if (server === undefined) return undefined;
  const { policy, serverDescription } = server;
  const toCall = (args: ToolArguments): McpCall => ({ tool: name.slice(label.length + 1), arguments: args });
  return {
    name,
    description: serverDescription ?? `A tool of the MCP server "${label}".`,
    parameters: z.looseObject({}),
    jsonSchema: { type: 'object' },
    isGated: true,
    effect: 'at-most-once',
    onError: 'report',
    maximumAttempts: 1,
    timeoutMs: toMs('60s', 'timeout'),
    judge: async (args, context) => (typeof policy === 'function' ? policy(toCall(args), context) : policy),
    execute: () => Promise.reject(new TerminalError(`The provider runs "${name}", not this worker.`)),
  };
}

/**
 * Declares the application: the default export of its configuration file.
 *
 * @param options.interactionLog - where the worker sends what passes between it and the model (docs/interaction-logs.md);
 *   without it nothing is sent.
 * @throws DefinitionError without assistants, or when two of them share a name, or two different tools do, and for a log that
 *   cannot work.
 */
export function defineApp(options: { assistants: Assistant[]; interactionLog?: InteractionLogOptions }): App {
  const { assistants, interactionLog } = options;
  if (assistants.length === 0)
    throw new DefinitionError('The application declares no assistant: it needs at least one.');
  const twice = firstRepeated(assistants.map((assistant) => assistant.name));
  if (twice !== undefined)
    throw new DefinitionError(`Two assistants are named "${twice}": give each its own name.`);
  // One name, one tool: a receipt that says "refund_order" must not leave open which one ran.
  const distinct = [...new Set(assistants.flatMap((assistant) => assistant.tools))];
  const ambiguous = firstRepeated(distinct.map((tool) => tool.name));
  if (ambiguous !== undefined) {
    throw new DefinitionError(
      `Two different tools are named "${ambiguous}": share one tool, or give each its own name.`,
    );
  }
  if (interactionLog === undefined) return { assistants };
  const problem = interactionLogProblem(interactionLog);
  if (problem !== null) throw new DefinitionError(problem);
  return { assistants, interactionLog };
}

/** True for what `defineApp` returns. */
export function isApp(value: unknown): value is App {
  return (
    typeof value === 'object' &&
    value !== null &&
    Array.isArray((value as { assistants?: unknown }).assistants)
  );
}

function toMs(duration: Duration, what: string): number {
  const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  const match = /^(\d+(?:\.\d+)?)([smhd])$/.exec(String(duration));
  const ms = match ? Number(match[1]) * units[match[2] as keyof typeof units] : Number(duration);
  if (!Number.isFinite(ms) || ms <= 0) {
    throw new DefinitionError(
      `${what} is ${duration}: use milliseconds or a text such as "90s", "10m", "4h" or "3d".`,
    );
  }
  return Math.round(ms);
}

function toJsonSchema(name: string, parameters: z.ZodObject): Record<string, unknown> {
  try {
    const { $schema: _dialect, ...schema } = z.toJSONSchema(parameters, { io: 'input' });
    return schema;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DefinitionError(`The parameters of tool "${name}" have no JSON schema: ${reason}`);
  }
}

function firstRepeated(names: string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index);
}
