import type { InteractionLogOptions } from '../contracts/interaction-log/interaction.ts';
import { interactionLogProblem } from './interaction-log-problem.ts';
import type { Assistant } from './assistant.ts';
import { DefinitionError } from '../contracts/definition-error.ts';
import { firstRepeated } from './first-repeated.ts';

/** An application as `defineApp` takes and checks it. */
export interface App {
  readonly assistants: readonly Assistant[];
  readonly interactionLog?: InteractionLogOptions;
}

/**
 * Declares the application: the default export of its configuration file.
 *
 * @param options.interactionLog - where the worker logs its interactions with the model (docs/interaction-logs.md). By default
 *   nowhere.
 * @throws DefinitionError if there is no assistant, if two assistants or two different tools share a name, or if the log is not
 *   valid.
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
