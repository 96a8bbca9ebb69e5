import type { ToolArguments } from '../contracts/tool-call.ts';
import type { Approver } from '../contracts/approval/decision.ts';
import type { TurnContext } from '../contracts/turn.ts';
import type { App } from '../define/app.ts';
import type { McpOptions } from '../define/mcp.ts';
import type { Tool } from '../define/tool.ts';

/**
 * One time that a tool's `execute` was called. Nothing is left out and nothing counted once that came twice, so a second effect shows.
 * `running` for good: its worker was killed before it came to an end.
 */
export interface Effect {
  tool: string;
  args: ToolArguments;
  context: TurnContext;
  /** The same for every attempt of one call. */
  idempotencyKey: string;
  /** Who let it through; absent when the policy did. */
  approver?: Approver;
  outcome: 'running' | 'returned' | 'threw';
  /** What it returned, or the words of what it threw. */
  output?: unknown;
}

/** What is noted of an effect: that it began, then how it ended. */
export type EffectNote = { id: number } & (
  { began: Omit<Effect, 'outcome' | 'output'> } | Required<Pick<Effect, 'outcome' | 'output'>>
);

/** Effects as their notes tell, in the order in which they began. */
export function toEffects(notes: readonly EffectNote[]): Effect[] {
  const effects = new Map<number, Effect>();
  for (const { id, ...note } of notes) {
    const effect = effects.get(id);
    if ('began' in note) effects.set(id, { ...note.began, outcome: 'running' });
    else if (effect) Object.assign(effect, note);
  }
  return [...effects.values()];
}

/** The same application, whose tools note what they do. */
export function noting(app: App, note: (note: EffectNote) => void): App {
  const wrapped = new Map<Tool, Tool>();
  let count = 0;
  const wrap = (tool: Tool): Tool => {
    // A gate tells people by mail if at all: no other channel is missed.
    const { notify: _channels, ...own } = tool;
    const known = wrapped.get(tool) ?? {
      ...own,
      execute: async (args, context) => {
        const id = (count += 1);
        const { idempotencyKey, approval } = context;
        const began = { tool: tool.name, args, context: context.context, idempotencyKey };
        note({ id, began: { ...began, ...(approval && { approver: approval.approver }) } });
        try {
          const output = await tool.execute(args, context);
          note({ id, outcome: 'returned', output });
          return output;
        } catch (thrown) {
          note({ id, outcome: 'threw', output: thrown instanceof Error ? thrown.message : String(thrown) });
          throw thrown;
        }
      },
    };
    wrapped.set(tool, known);
    return known;
  };
  return {
    ...app,
    assistants: app.assistants.map((assistant) => ({
      ...assistant,
      tools: assistant.tools.map(wrap),
      mcp: assistant.mcp.map(untold),
    })),
  };
}

/** A server whose policy, where it is the same for all calls, names no channels. */
function untold(server: McpOptions): McpOptions {
  if (!('kind' in server.policy) || server.policy.kind !== 'ask') return server;
  const { notify: _channels, ...policy } = server.policy;
  return { ...server, policy };
}
