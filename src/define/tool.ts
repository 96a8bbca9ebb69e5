import { z } from 'zod';

import type { ToolArguments } from '../contracts/tool-call.ts';
import type { Approver } from '../contracts/approval/decision.ts';
import type { Channel, Effect } from '../contracts/approval/review.ts';
import { ID_RULES, isName } from '../contracts/ids.ts';
import { REQUEST_TOOL } from '../contracts/request.ts';
import type { ChannelName } from '../contracts/notice.ts';
import type { TurnContext } from '../contracts/turn.ts';
import { DefinitionError } from '../contracts/definition-error.ts';
import { toMs, type Duration } from './duration.ts';
import { narrowerProblem } from './grant.ts';
import { identityFieldsProblem } from './identity-fields.ts';
import { unsteadySchemaProblem } from './steady.ts';
import type { Policy } from './policy.ts';
import { preconditionOf, type Precondition } from './precondition.ts';
import type { Presentation } from './present.ts';
import { policyProblem } from './verdict.ts';

/** A tool throws this if a retry is pointless. The failure is final, even for an idempotent tool. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

/** What a tool gets in addition to its arguments. Nothing here comes from the model. */
export interface ToolContext {
  /** Trusted data of the turn: the tenant, and what the service passed as `context`. */
  readonly context: TurnContext;
  readonly conversationId: string;
  readonly turnId: string;
  /** Identifies this call: the same for each of its attempts, and for no other call. Pass it to the system that has the effect. */
  readonly idempotencyKey: string;
  /** The approver; absent if the policy allowed the call. */
  readonly approval?: { approvalId: string; approver: Approver; note?: string };
  /** Aborts when the turn is cancelled, the worker shuts down, or `timeout` has passed. */
  readonly signal: AbortSignal;
}

/** What `defineTool` takes. */
export interface ToolOptions<Schema extends z.ZodObject> {
  /** The name that the model uses: 1 to 64 letters, digits, `_` or `-`. */
  name: string;
  /** Says what the tool does, for the model and the approver. */
  description: string;
  parameters: Schema;
  /**
   * Fields named like a tenant or a user (`tenant`, `user_id`, …) that the model may fill in, each with the reason:
   * `{ userId: 'whose account is closed; who may close it follows from the context' }`. Name a nested field with its path, such as
   * `orders.userId`. Without a reason such a field is refused.
   */
  identityFields?: Readonly<Record<string, string>>;
  policy: Policy<z.output<Schema>>;
  /**
   * What a repeated call does. `idempotent`: it has no second effect, thanks to `idempotencyKey`, so it is retried. `reconcilable`:
   * `reconcile` is asked before each further attempt. `at-most-once`: it is never repeated, and its outcome may become unknown.
   *
   * @default 'at-most-once'
   */
  effect?: Effect;
  /** For a reconcilable tool: returns whether the call with this key took effect, and its output. */
  reconcile?: (
    idempotencyKey: string,
    args: z.output<Schema>,
    context: ToolContext,
  ) => Reconciled | Promise<Reconciled>;
  /**
   * Asked last, right before an approved call has its effect, and before one that needs no approval: does what the person saw still hold?
   * `{ ok: false, reason }`, a throw or no answer within 10 s: nothing runs, and the model is told the reason.
   */
  precondition?: (args: z.output<Schema>, context: TurnContext) => Precondition | Promise<Precondition>;
  /**
   * How a call is shown to whoever decides it: a title, what matters, how grave it is. It gets a copy of the arguments, and changes
   * nothing of what runs. If it throws, or takes more than 5 s, the card shows what the schema says.
   */
  present?: (args: z.output<Schema>, context: TurnContext) => Presentation | Promise<Presentation>;
  /**
   * What happens when it throws: `report` tells the model, `fail` ends the turn.
   *
   * @default 'report'
   */
  onError?: 'report' | 'fail';
  /** Attempts of an idempotent or reconcilable tool that throws. @default 3 */
  maximumAttempts?: number;
  /** Time limit of one attempt. @default '60s' */
  timeout?: Duration;
  /** Executes the call. A string is the tool output as it is; any other value is sent as JSON. */
  execute: (args: z.output<Schema>, context: ToolContext) => unknown;
}

/** What `reconcile` reports about an earlier attempt. `output` is what `execute` would have returned. */
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
  /** The channels that such a policy tells people by. */
  readonly notify?: readonly ChannelName[];
  /** Its policy, which is the same for all calls, lets a decision let later calls through. */
  readonly mayGrant?: true;
  /** What the policy answers; whether that is a verdict is looked at where it is asked (activities/judge.ts). */
  judge(args: ToolArguments, context: TurnContext): Promise<unknown>;
  execute(args: ToolArguments, context: ToolContext): Promise<unknown>;
  /** What it answers is read here: anything but a clear yes is a no. */
  precondition?(args: ToolArguments, context: TurnContext): Promise<Precondition>;
  /** What it answers is checked where it is asked (activities/present.ts). */
  present?(args: ToolArguments, context: TurnContext): Promise<unknown>;
  /** Of a reconcilable tool only. */
  reconcile?(args: ToolArguments, context: ToolContext): Promise<Reconciled>;
}

/**
 * Declares a tool of an assistant and which of its calls need a person.
 *
 * @throws DefinitionError for a name, description or limit that is not valid, and for parameters with which the model could choose
 *   its tenant or user (`identityFields`).
 */
export function defineTool<Schema extends z.ZodObject>(options: ToolOptions<Schema>): Tool {
  const { name, description, parameters, policy, effect = 'at-most-once', onError = 'report' } = options;
  if (!isName(name)) {
    throw new DefinitionError(`Tool name "${name}": use ${ID_RULES.name}.`);
  }
  if (name === REQUEST_TOOL) {
    throw new DefinitionError(
      `Tool name "${name}" is reserved for requests of POST /decisions: use another one.`,
    );
  }
  if (description.trim() === '') {
    throw new DefinitionError(
      `Tool "${name}" has no description: say what it does, the model and the approver read it.`,
    );
  }
  const { reconcile, present } = options;
  if ((effect === 'reconcilable') !== (reconcile !== undefined)) {
    throw new DefinitionError(
      `Tool "${name}": effect "reconcilable" needs a reconcile function, and only that effect may have one.`,
    );
  }
  const maximumAttempts = effect === 'at-most-once' ? 1 : (options.maximumAttempts ?? 3);
  if (effect === 'at-most-once' && (options.maximumAttempts ?? 1) !== 1) {
    throw new DefinitionError(`Tool "${name}" is at-most-once, so maximumAttempts must be 1 or absent.`);
  }
  if (!Number.isInteger(maximumAttempts) || maximumAttempts < 1) {
    throw new DefinitionError(`Tool "${name}": maximumAttempts must be a whole number of at least 1.`);
  }
  const lax = policyProblem(policy);
  if (lax !== null) throw new DefinitionError(`Tool "${name}": policy ${lax}`);
  const jsonSchema = toJsonSchema(name, parameters);
  const problem = identityFieldsProblem(jsonSchema, options.identityFields ?? {});
  if (problem !== null) throw new DefinitionError(`Tool "${name}": ${problem}`);
  const isFixed = typeof policy !== 'function';
  const wide = isFixed ? narrowerProblem(policy, jsonSchema) : null;
  if (wide !== null) throw new DefinitionError(`Tool "${name}": ${wide}`);
  const unsteady = unsteadySchemaProblem(parameters);
  if (unsteady !== null) throw new DefinitionError(`Tool "${name}": ${unsteady}`);
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
    ...(typeof policy !== 'function' &&
      policy.kind === 'ask' &&
      policy.notify?.channels !== undefined && { notify: policy.notify.channels }),
    ...(isFixed && policy.kind === 'ask' && policy.rule?.mayGrant && { mayGrant: true as const }),
    // The one place where erased types come back: callers pass what `parameters` has parsed.
    judge: async (args, context) =>
      typeof policy === 'function' ? policy(args as z.output<Schema>, context) : Promise.resolve(policy),
    execute: async (args, context) => await options.execute(args as z.output<Schema>, context),
    ...(options.precondition && { precondition: preconditionOf(name, options.precondition) }),
    ...(present && {
      present: async (args: ToolArguments, context: TurnContext) =>
        await present(args as z.output<Schema>, context),
    }),
    ...(reconcile && {
      reconcile: async (args: ToolArguments, context: ToolContext) =>
        await reconcile(context.idempotencyKey, args as z.output<Schema>, context),
    }),
  };
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
