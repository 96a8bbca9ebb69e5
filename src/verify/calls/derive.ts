import { generateSync } from 'json-schema-faker';

import type { ToolArguments } from '../../contracts/tool-call.ts';
import type { Tool } from '../../define/tool.ts';

/** The same each time: what was found once is found again. */
const SEEDS = [1, 2, 3, 4];
const MOST = 40;
/** Texts that a person can read in a report. */
const SHORT_CHARACTERS = 16;
/** Policies draw their lines at amounts. */
const NUMBERS = [1, 0, 10, 100, 1_000, 10_000, 100_000, 1_000_000, -1];

/**
 * Arguments that fit the schema of a tool, made from it: examples and defaults of the schema where it has them, else by
 * json-schema-faker. Then each number, flag and choice of the first one at other values, so that a policy shows where it draws its line.
 */
export function deriveArguments(tool: Tool): ToolArguments[] {
  const found = new Map<string, ToolArguments>();
  const add = (candidate: unknown): void => {
    if (found.size >= MOST) return;
    const fitting = fit(tool, candidate);
    if (fitting !== null) found.set(JSON.stringify(fitting), fitting);
  };
  for (const seed of SEEDS) add(generate(tool.jsonSchema, seed, { maxLength: SHORT_CHARACTERS }));
  // Where nothing short fits.
  if (found.size === 0) for (const seed of SEEDS) add(generate(tool.jsonSchema, seed, {}));
  const [base] = found.values();
  if (base === undefined) return [];
  const { properties = {} } = tool.jsonSchema as { properties?: Record<string, { enum?: unknown[] }> };
  for (const [name, value] of Object.entries(base)) {
    const others = properties[name]?.enum ?? othersOf(value);
    for (const other of others) add({ ...base, [name]: other });
  }
  return [...found.values()];
}

function generate(schema: Record<string, unknown>, seed: number, more: { maxLength?: number }): unknown {
  try {
    return generateSync(schema, {
      seed,
      useExamplesValue: true,
      useDefaultValue: true,
      // The first one with everything, then with less.
      ...(seed === SEEDS[0] ? { alwaysFakeOptionals: true } : { optionalsProbability: 0.5 }),
      ...{ maxDefaultItems: 2, maxDepth: 5 },
      ...more,
    });
  } catch {
    return undefined; // it cannot make anything of this schema: the tool needs a sample call
  }
}

function othersOf(value: unknown): unknown[] {
  if (typeof value === 'number') return NUMBERS;
  return typeof value === 'boolean' ? [true, false] : [];
}

/** What the schema makes of it, as JSON; null when it does not fit, or the schema throws. */
function fit(tool: Tool, candidate: unknown): ToolArguments | null {
  try {
    const parsed = tool.parameters.safeParse(candidate);
    if (!parsed.success) return null;
    return JSON.parse(JSON.stringify(parsed.data)) as ToolArguments;
  } catch {
    return null;
  }
}
