import { setTimeout as sleep } from 'node:timers/promises';

import { activityInfo } from '@temporalio/activity';

import { loadApp } from '../../cli/load-app.ts';
import type { ToolArguments } from '../../contracts/tool-call.ts';
import type { TurnContext } from '../../contracts/turn.ts';
import type { App } from '../../define/app.ts';
import type { Tool, ToolContext } from '../../define/tool.ts';
import { appendEntry } from '../../testing/journal.ts';
import { POINT_FIELD, textOf, type Note, type Point } from './notes.ts';
import { listening } from './outgoing.ts';
import { wordsOf } from '../words.ts';

/** So long a tool runs before it is told to stop, and so long it may take to do so. */
const STOP_AFTER_MS = 300;
const STOP_LIMIT_MS = 1_500;
/** So long one that is killed in the middle has run, unless it has sent something earlier. */
const MIDDLE_MS = 25;

/**
 * The application of a configuration file, in the worker of a gate: its tools tell what they do, and a call waits at the point that its
 * turn names until the worker is killed. Policies and tools get what they would get without.
 */
export async function host({
  configFile,
  notesFile,
}: {
  configFile: string;
  notesFile: string;
}): Promise<App> {
  process.env.COUNTERSIGN_VERIFY = '1';
  const app = await loadApp(configFile);
  const wrapped = new Map<Tool, Tool>();
  const wrap = (tool: Tool): Tool => {
    const known = wrapped.get(tool) ?? watched(tool, (note) => appendEntry(notesFile, note));
    wrapped.set(tool, known);
    return known;
  };
  // No log of it is sent anywhere.
  const { interactionLog: _log, ...own } = app;
  return {
    ...own,
    assistants: app.assistants.map((assistant) => ({ ...assistant, tools: assistant.tools.map(wrap) })),
  };
}

let runs = 0;

function watched(tool: Tool, write: (note: Note) => void): Tool {
  const reconcile = tool.reconcile?.bind(tool);
  // Nobody is asked at the Handover.
  const { askAlso: _channel, ...own } = tool;
  return {
    ...own,
    judge: async (args, context) => {
      const verdict = await tool.judge(args, withoutPoint(context));
      if (typeof verdict !== 'object' || verdict === null || !('askAlso' in verdict)) return verdict;
      const { askAlso: _asked, ...rest } = verdict;
      return rest;
    },
    execute: (args, context) => executeAt(tool, args, context, write),
    ...(reconcile && {
      reconcile: async (args: ToolArguments, context: ToolContext) => {
        const told = { tool: tool.name, key: context.idempotencyKey, event: 'reconciled' } as const;
        try {
          const answer: unknown = await reconcile(args, {
            ...context,
            context: withoutPoint(context.context),
          });
          const { done, output } = (answer ?? {}) as { done?: unknown; output?: unknown };
          write({ ...told, done: typeof done === 'boolean' ? done : null, output: textOf(output) });
          return answer as Awaited<ReturnType<typeof reconcile>>;
        } catch (thrown) {
          write({ ...told, done: null, output: wordsOf(thrown) });
          throw thrown;
        }
      },
    }),
  };
}

async function executeAt(
  tool: Tool,
  args: ToolArguments,
  context: ToolContext,
  write: (note: Note) => void,
): Promise<unknown> {
  const point = activityInfo().attempt === 1 ? pointOf(context.context) : 'none';
  const call = { tool: tool.name, key: context.idempotencyKey };
  const hold = (): Promise<never> => {
    write({ ...call, event: 'held', point });
    return new Promise(() => undefined);
  };
  if (point === 'before') return hold();

  const stop = new AbortController();
  const sent = Promise.withResolvers<undefined>();
  const running = run(tool, args, context, stop.signal, call, write, () => sent.resolve(undefined));
  switch (point) {
    case 'during':
      await Promise.race([sent.promise, sleep(MIDDLE_MS), running.catch(() => undefined)]);
      return hold();
    case 'after':
      await running.catch(() => undefined);
      return hold();
    case 'stop':
      return stopped(running, stop, call, write);
    case 'none':
      return running;
  }
}

async function run(
  tool: Tool,
  args: ToolArguments,
  context: ToolContext,
  stop: AbortSignal,
  call: { tool: string; key: string },
  write: (note: Note) => void,
  onSent: () => void,
): Promise<unknown> {
  const told = { ...call, run: `${process.pid}.${(runs += 1)}` };
  const before = textOf(args);
  write({ ...told, event: 'began', arguments: before });
  let isKeyRead = false;
  const own: ToolContext = {
    ...context,
    context: withoutPoint(context.context),
    signal: AbortSignal.any([context.signal, stop]),
    get idempotencyKey() {
      if (!isKeyRead) write({ ...told, event: 'read-key' });
      isKeyRead = true;
      return call.key;
    },
  };
  const hear = (what: string): void => {
    write({ ...told, event: 'sent', what });
    onSent();
  };
  try {
    const output = await listening(hear, () => tool.execute(args, own));
    write({ ...told, event: 'returned', output: textOf(output) });
    return output;
  } catch (thrown) {
    write({ ...told, event: 'threw', message: wordsOf(thrown) });
    throw thrown;
  } finally {
    const after = textOf(args);
    if (after !== before) write({ ...told, event: 'changed-arguments', before, after });
  }
}

/** Tells it to stop once it has run for a while, and waits until it has. */
async function stopped(
  running: Promise<unknown>,
  stop: AbortController,
  call: { tool: string; key: string },
  write: (note: Note) => void,
): Promise<unknown> {
  const ended = running.then(
    () => true,
    () => true,
  );
  const beganAt = performance.now();
  const isQuick = await Promise.race([ended, sleep(STOP_AFTER_MS, false)]);
  if (!isQuick) stop.abort();
  const isStopped = isQuick || (await Promise.race([ended, sleep(STOP_LIMIT_MS, false)]));
  const afterMs = Math.round(performance.now() - beganAt) - (isQuick ? 0 : STOP_AFTER_MS);
  write({ ...call, run: '', event: isQuick ? 'quick' : isStopped ? 'stopped' : 'ran-on', afterMs });
  return isQuick ? running : 'Told to stop.';
}

function pointOf(context: TurnContext): Point {
  return (context[POINT_FIELD] as Point | undefined) ?? 'none';
}

function withoutPoint(context: TurnContext): TurnContext {
  const { [POINT_FIELD]: _point, ...own } = context;
  return own;
}
