import { cutToJsonBytes, inDigits, jsonBytes } from '../../contracts/size.ts';
import type { Summary, TranscriptEntry } from '../../contracts/transcript.ts';
import { digestTurn, emptySummary, fold, slim } from './summary.ts';

/**
 * Keeps a transcript within its bytes. In this order, and only as far as needed:
 *
 *   1. old turns go into the summary, whole turns, oldest first;
 *   2. the summary itself becomes shorter;
 *   3. in the last turn: outputs are shortened, oldest first; then arguments of answered calls; then what the assistant wrote;
 *   4. of a turn that is over: its message too, and at last the turn goes into the summary.
 *
 * A turn under way loses none of its entries: the model must see each call it made with its output.
 */

export interface Fit {
  /** Of the entries as JSON. */
  maximumBytes: number;
  /** The last turn goes on: its message stays whole, whatever it takes. */
  isUnderWay: boolean;
  /** Whether a policy is asked about calls of this tool: they are not forgotten. */
  isGated: (tool: string) => boolean;
}

/** Beside a message that takes nearly everything, or more than it may, there is still room for calls and outputs. */
const BESIDE_MESSAGE_BYTES = 100_000;
/** What is shortened keeps at least so much. */
const STUB_BYTES = 200;

/** @returns the entries themselves when they fit. The result may still be too large when the last turn is under way. */
export function fitTranscript(entries: readonly TranscriptEntry[], fit: Fit): TranscriptEntry[] {
  const maximumBytes = limitOf(entries, fit);
  if (jsonBytes(entries) <= maximumBytes) return [...entries];
  const { isUnderWay, isGated } = fit;
  let { summary, turns } = split(entries);
  const isTooLarge = (): boolean => jsonBytes(join(summary, turns)) > maximumBytes;
  while (turns.length > 1 && isTooLarge()) {
    const [oldest = [], ...rest] = turns;
    summary = fold(summary ?? emptySummary(), digestTurn(oldest, isGated));
    turns = rest;
    // It may take a half: what is new counts more.
    summary = slim(summary, maximumBytes / 2);
  }
  if (summary !== undefined && isTooLarge()) {
    summary = slim(summary, jsonBytes(summary) - (jsonBytes(join(summary, turns)) - maximumBytes));
  }
  const [last] = turns;
  if (last !== undefined && isTooLarge()) {
    const room = maximumBytes - (jsonBytes(join(summary, turns)) - jsonBytes(last));
    turns = [shortenTurn(last, room, isUnderWay)];
  }
  if (isTooLarge() && !isUnderWay && last !== undefined) {
    summary = slim(fold(summary ?? emptySummary(), digestTurn(last, isGated)), maximumBytes);
    turns = [];
  }
  return join(summary, turns);
}

/** How many bytes these entries may have. @returns more than `maximumBytes` beside a large message of a turn under way. */
export function limitOf(
  entries: readonly TranscriptEntry[],
  { maximumBytes, isUnderWay }: Pick<Fit, 'maximumBytes' | 'isUnderWay'>,
): number {
  if (!isUnderWay) return maximumBytes;
  const message = entries.findLast(({ role }) => role === 'user');
  const beside = Math.min(BESIDE_MESSAGE_BYTES, maximumBytes / 2);
  return Math.max(maximumBytes, jsonBytes(message) + beside);
}

function split(entries: readonly TranscriptEntry[]): {
  summary: Summary | undefined;
  turns: TranscriptEntry[][];
} {
  const turns: TranscriptEntry[][] = [];
  let summary: Summary | undefined;
  for (const entry of entries) {
    if (entry.role === 'summary') summary = entry;
    else if (entry.role === 'user' || turns.length === 0) turns.push([entry]);
    else turns.at(-1)?.push(entry);
  }
  return { summary, turns };
}

function join(summary: Summary | undefined, turns: readonly TranscriptEntry[][]): TranscriptEntry[] {
  return [...(summary === undefined ? [] : [summary]), ...turns.flat()];
}

type Shorten = (entry: TranscriptEntry, surplusBytes: number) => TranscriptEntry;

/** Takes away what is needed, or as much as the step can; an entry that the step is not about stays as it is. */
function shortenTurn(turn: TranscriptEntry[], maximumBytes: number, isUnderWay: boolean): TranscriptEntry[] {
  const shortened = [...turn];
  let surplus = jsonBytes(turn) - maximumBytes;
  const steps: Shorten[] = [shortenOutput, shortenArguments, shortenWords];
  if (!isUnderWay) steps.push(shortenMessage);
  for (const shorten of steps) {
    for (const [index, entry] of shortened.entries()) {
      if (surplus <= 0) return shortened;
      const shorter = shorten(entry, surplus);
      surplus -= jsonBytes(entry) - jsonBytes(shorter);
      shortened[index] = shorter;
    }
  }
  return shortened;
}

function shortenOutput(entry: TranscriptEntry, surplus: number): TranscriptEntry {
  if (entry.role !== 'tool') return entry;
  return { ...entry, output: cut(entry.output, surplus, 'Do not repeat the call to see the rest.') };
}

/** They stay a JSON object, as every server wants to read them. What is carried out does not come from here. */
function shortenArguments(entry: TranscriptEntry, surplus: number): TranscriptEntry {
  if (entry.role !== 'assistant' || entry.calls === undefined) return entry;
  let left = surplus;
  const calls = entry.calls.map((call) => {
    if (left <= 0) return call;
    const bytes = jsonBytes(call);
    // Inside an object the quotes of the beginning are escaped once more, so it may have to be shorter than it seems.
    for (let goal = left; ; goal *= 2) {
      const beginning = cut(call.arguments, goal, '');
      if (beginning === call.arguments) return call;
      const shorter = { ...call, arguments: JSON.stringify({ shortened: beginning }) };
      const gained = bytes - jsonBytes(shorter);
      const isLeast = goal >= bytes;
      if (gained < left && !isLeast) continue;
      if (gained <= 0) return call;
      left -= gained;
      return shorter;
    }
  });
  return { ...entry, calls };
}

function shortenWords(entry: TranscriptEntry, surplus: number): TranscriptEntry {
  if (entry.role !== 'assistant' || entry.text === null) return entry;
  return { ...entry, text: cut(entry.text, surplus, '') };
}

function shortenMessage(entry: TranscriptEntry, surplus: number): TranscriptEntry {
  return entry.role === 'user' ? { ...entry, text: cut(entry.text, surplus, '') } : entry;
}

/** The mark costs something, too: a text that is hardly longer than what would be left of it stays whole. */
const MARK_BYTES = 150;

function cut(text: string, surplus: number, remark: string): string {
  const bytes = jsonBytes(text);
  const kept = Math.max(STUB_BYTES, bytes - surplus - MARK_BYTES);
  if (kept + MARK_BYTES >= bytes) return text;
  return `${cutToJsonBytes(text, kept)}\n[Shortened here: it had ${inDigits(bytes)} bytes. ${remark}]`.replace(
    ' ]',
    ']',
  );
}
