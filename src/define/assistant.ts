import type { ResponsesOptions } from '../contracts/assistant.ts';
import type { WhilePending } from '../contracts/conversation.ts';
import { ID_RULES, isName } from '../contracts/ids.ts';
import {
  builtInToolsProblem,
  toBuiltInTools,
  type BuiltInToolOptions,
  type BuiltInTools,
} from './built-in-tools.ts';
import { chatOptionsProblem, type ChatOptions } from './chat-options.ts';
import { DefinitionError } from '../contracts/definition-error.ts';
import { firstRepeated } from './first-repeated.ts';
import { mcpProblem, type McpOptions } from './mcp.ts';
import type { Tool } from './tool.ts';

/** An assistant as `defineAssistant` takes and checks it. */
export interface Assistant {
  readonly name: string;
  readonly model: string;
  readonly instructions: string;
  readonly tools: readonly Tool[];
  readonly whilePending: WhilePending;
  readonly maximumRounds: number;
  readonly chat?: ChatOptions;
  readonly mcp: readonly McpOptions[];
  readonly responses?: ResponsesOptions;
  /** Absent when it has none. */
  readonly builtInTools?: BuiltInTools;
}

const DEFAULT_ROUNDS = 50;
/** So many with large arguments stay below what Temporal keeps of one run. */
const MOST_ROUNDS = 200;

/**
 * Declares an assistant: the model, its instructions and its tools.
 *
 * @param options.whilePending - what happens to a message while a turn of its conversation waits for a person. `queue` (the
 *   default) lets it wait, `park` answers it now and keeps the approval open, `reject` refuses it.
 * @param options.maximumRounds - how often one turn may ask for tools: 1 to 200, 50 by default. One more round ends the turn with
 *   `Turn.TooManyRounds` and cancels its run. A round takes 7 to 20 of Temporal's 51,200 events, and a billed request.
 * @param options.mcp - MCP servers whose tools the provider calls, with COUNTERSIGN_PROVIDER `responses`.
 * @param options.responses - options of the Responses protocol only.
 * @param options.chat - options of Chat Completions only.
 * @param options.builtInTools - tools that run at the provider, without approval: `{ codeInterpreter: true, fileSearch:
 *   { vectorStoreIds: ['vs_…'] } }`.
 * @throws DefinitionError for two tools with one name, for an MCP server that cannot be gated, and for options that are not valid.
 */
export function defineAssistant(options: {
  name: string;
  model: string;
  instructions: string;
  tools?: Tool[];
  builtInTools?: BuiltInToolOptions;
  whilePending?: WhilePending;
  maximumRounds?: number;
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
    maximumRounds = DEFAULT_ROUNDS,
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
  if (!Number.isInteger(maximumRounds) || maximumRounds < 1 || maximumRounds > MOST_ROUNDS) {
    throw new DefinitionError(
      `Assistant "${name}": maximumRounds is ${maximumRounds}: use a whole number from 1 to ${MOST_ROUNDS}.`,
    );
  }
  const problem =
    mcpProblem(mcp, responses) ??
    chatOptionsProblem(chat ?? {}) ??
    builtInToolsProblem(options.builtInTools ?? {});
  if (problem !== null) throw new DefinitionError(`Assistant "${name}": ${problem}`);
  const builtInTools = toBuiltInTools(options.builtInTools ?? {});
  return {
    ...{ name, model, instructions, tools, whilePending, maximumRounds, mcp },
    ...(builtInTools && { builtInTools }),
    ...(responses && { responses }),
    ...(chat && { chat }),
  };
}
