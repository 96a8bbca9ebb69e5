import { jsonBytes, shorten } from '../../contracts/size.ts';
import type {
  ActionDigest,
  ActionTally,
  Summary,
  TranscriptEntry,
  TurnDigest,
} from '../../contracts/transcript.ts';

/**
 * What is left of old turns: a summary that a rule makes, not a model, so that it costs nothing, cannot fail and cannot claim
 * what did not happen. What was done must not be forgotten, so deeds outlive words: what was said goes first, then what was
 * done becomes a count.
 */

const WORDS_CHARACTERS = 400;
const ARGUMENTS_CHARACTERS = 300;
const OUTPUT_CHARACTERS = 400;
const NAME_CHARACTERS = 64;
/** Names a model may make up have no end; tools of an application do. */
const TALLIED_TOOLS = 64;
const OTHER_TOOLS = 'other tools';

export function emptySummary(): Summary {
  return { role: 'summary', turns: [] };
}

/** A turn in short: its message, its reply, and each gated call with its output. */
export function digestTurn(turn: readonly TranscriptEntry[], isGated: (tool: string) => boolean): TurnDigest {
  const message = turn.find((entry) => entry.role === 'user')?.text ?? '';
  const reply = turn.findLast((entry) => entry.role === 'assistant' && entry.calls === undefined);
  const outputs = new Map(
    turn.flatMap((entry) => (entry.role === 'tool' ? [[entry.toolCallId, entry] as const] : [])),
  );
  const calls = turn.flatMap((entry) => (entry.role === 'assistant' ? (entry.calls ?? []) : []));
  const actions = calls.flatMap(({ toolCallId, tool, arguments: args }): ActionDigest[] => {
    if (!isGated(tool)) return [];
    const { output = '', isRefusal } = outputs.get(toolCallId) ?? {};
    return [
      {
        tool: shorten(tool, NAME_CHARACTERS),
        arguments: shorten(args, ARGUMENTS_CHARACTERS),
        output: shorten(output, OUTPUT_CHARACTERS),
        ...(isRefusal && { isRefusal }),
      },
    ];
  });
  return {
    message: shorten(message, WORDS_CHARACTERS),
    reply: shorten(reply?.role === 'assistant' ? (reply.text ?? '') : '', WORDS_CHARACTERS),
    actions,
  };
}

export function fold(summary: Summary, turn: TurnDigest): Summary {
  return { ...summary, turns: [...summary.turns, turn] };
}

/**
 * Makes a summary fit: from the oldest turn on its words go, then from the oldest turn on its actions are only counted.
 *
 * @returns counts alone when nothing else fits, however many bytes they take: some 100 for each tool.
 */
export function slim(summary: Summary, maximumBytes: number): Summary {
  let slimmer = summary;
  for (let index = 0; index < summary.turns.length && jsonBytes(slimmer) > maximumBytes; index++) {
    const turns = slimmer.turns.map((turn, at) =>
      at === index ? { ...turn, message: '', reply: '' } : turn,
    );
    slimmer = { ...slimmer, turns };
  }
  while (slimmer.turns.length > 0 && jsonBytes(slimmer) > maximumBytes) {
    const [oldest, ...turns] = slimmer.turns;
    slimmer = { ...slimmer, turns, before: count(slimmer.before, oldest?.actions ?? []) };
  }
  return slimmer;
}

function count(before: Summary['before'], actions: readonly ActionDigest[]): NonNullable<Summary['before']> {
  const tallies = new Map<string, ActionTally>((before?.actions ?? []).map((tally) => [tally.tool, tally]));
  for (const { tool, isRefusal } of actions) {
    const name = tallies.has(tool) || tallies.size < TALLIED_TOOLS ? tool : OTHER_TOOLS;
    const { called = 0, refused = 0 } = tallies.get(name) ?? {};
    tallies.set(name, {
      tool: name,
      called: called + 1,
      refused: refused + (isRefusal ? 1 : 0),
    });
  }
  return { turns: (before?.turns ?? 0) + 1, actions: [...tallies.values()] };
}
