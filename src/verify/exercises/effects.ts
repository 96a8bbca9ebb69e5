import type { ToolArguments } from '../../contracts/tool-call.ts';
import type { JudgedCall, Subject } from '../calls/subjects.ts';
import { broken, failed, holds, notExercised, type Finding } from '../findings.ts';
import type { Note } from '../host/notes.ts';
import { shorten } from '../words.ts';
import type { Scene } from './exercise.ts';

/** What the worker told of the calls that were killed before, while and after the tool worked. */
export type KilledCalls = Record<'before' | 'during' | 'after', Note[]>;

/** What a tool's effect is worth, by what happened when its worker was killed. */
export async function concludeEffects(
  subject: Subject,
  call: JudgedCall,
  killed: KilledCalls,
  scene: Scene,
): Promise<Finding[]> {
  const { tool } = subject;
  const counted = await countAll(tool.name, killed, scene);
  switch (tool.effect) {
    case 'at-most-once':
      return [atMostOnce(tool.name, killed, counted)];
    case 'idempotent':
      return idempotent(subject, killed, counted);
    case 'reconcilable': {
      const truth = reconciled(tool.name, killed);
      if (truth.status === 'broken') return [truth];
      return [truth, counted === null ? onceByReconcile(tool.name) : once(tool.name, counted)];
    }
    default:
      return tool.effect satisfies never;
  }
}

interface Counted {
  most: number;
  point: string;
  runs: number;
}

/** The most effects that were counted for one key; null when nobody counts. */
async function countAll(tool: string, killed: KilledCalls, { countEffects }: Scene): Promise<Counted | null> {
  let worst: Counted | null = null;
  for (const [point, notes] of Object.entries(killed)) {
    const [began] = notes.filter(({ event }) => event === 'began');
    if (began?.event !== 'began') continue;
    const count = await countEffects({
      ...{ tool, idempotencyKey: began.key },
      arguments: JSON.parse(began.arguments) as ToolArguments,
    });
    if (count === undefined) continue;
    if (worst === null || count > worst.most) worst = { most: count, point, runs: runsOf(notes).length };
  }
  return worst;
}

function once(tool: string, { most, point, runs }: Counted): Finding {
  if (most > 1) {
    const why = `countEffects found ${most} effects under one key after ${runs} runs (killed ${point} it worked).`;
    return broken('effect-twice', tool, why);
  }
  return holds('effect-once', tool, `countEffects found at most one effect under each key.`);
}

function atMostOnce(tool: string, killed: KilledCalls, counted: Counted | null): Finding {
  const most = Math.max(...Object.values(killed).map((notes) => runsOf(notes).length));
  if (most > 1)
    return failed(
      'effect-once',
      tool,
      `It was begun ${most} times under one key, though it is at-most-once.`,
    );
  if (counted !== null && counted.most > 1) return once(tool, counted);
  return holds('effect-once', tool, 'Killed at any point, it was begun at most once.');
}

function idempotent(subject: Subject, { after }: KilledCalls, counted: Counted | null): Finding[] {
  const tool = subject.tool.name;
  const [first, second] = runsOf(after);
  if (first === undefined || second === undefined) {
    const why =
      'It was not run a second time, though its worker was killed before anybody knew of the first.';
    return [failed('effect-once', tool, why)];
  }
  return [counted === null ? bySent(tool, after, first, second) : once(tool, counted), sameAnswer()];

  function sameAnswer(): Finding {
    const [one, other] = [first, second].map((run) => answerOf(after, run));
    if (one?.event === 'returned' && other?.event === 'threw') {
      const why = `Run again under the same key it threw, though the first run had returned: ${other.message}`;
      return broken('answer-changes', tool, why);
    }
    if (one?.event !== 'returned' || other?.event !== 'returned')
      return notExercised('same-answer', tool, 'It did not return twice.');
    if (one.output !== other.output && isLookUp(subject, after)) {
      const why =
        'It answered the second time otherwise. It asks nobody, sends nothing and reads no key, so it is taken for a look-up.';
      return notExercised('same-answer', tool, why);
    }
    if (one.output !== other.output) {
      const why = `Run twice under one key it returned ${shorten(one.output)}, then ${shorten(other.output)}.`;
      return broken('answer-changes', tool, why);
    }
    return holds('same-answer', tool, 'Run twice under one key, it returned the same.');
  }
}

/** Without a count: what it sent, and whether it has ever looked at the key. */
function bySent(tool: string, notes: readonly Note[], first: string, second: string): Finding {
  const [sent, again] = [first, second].map((run) =>
    notes.flatMap((note) => (note.event === 'sent' && note.run === run ? [note.what] : [])),
  );
  const hasReadKey = notes.some(({ event }) => event === 'read-key');
  const twice = sent?.find((what) => again?.includes(what));
  if (twice !== undefined && !hasReadKey)
    return broken(
      'effect-twice',
      tool,
      `Run twice under one key it sent "${twice}" twice, and never read idempotencyKey.`,
    );
  // What was not seen is not said to hold.
  const remedy = 'Export countEffects to have its effects counted.';
  if (twice !== undefined) {
    const why = `Run twice it sent "${twice}" twice, with the key at hand.`;
    return notExercised('effect-once', tool, why, remedy);
  }
  const why = hasReadKey
    ? 'Run twice, it read the key; what came of that was not seen.'
    : 'Run twice, it was seen to send nothing.';
  return notExercised('effect-once', tool, why, remedy);
}

function reconciled(tool: string, { before, after }: KilledCalls): Finding {
  const [early, late] = [before, after].map((notes) => notes.find((note) => note.event === 'reconciled'));
  if (early?.done === null || late?.done === null) {
    const answer = (early?.done === null ? early : late)?.output ?? '';
    return broken('reconcile-fails', tool, `reconcile gave no answer that can be used: ${shorten(answer)}.`);
  }
  if (early?.done === true)
    return broken(
      'reconcile-invents',
      tool,
      'Killed before it was called, reconcile said that it had happened.',
    );
  if (late?.done === false)
    return broken(
      'reconcile-denies',
      tool,
      'Killed after it had returned, reconcile said that it had not happened.',
    );
  if (early === undefined || late === undefined)
    return failed('reconcile-true', tool, 'reconcile was not asked, though the worker had been killed.');
  return holds('reconcile-true', tool, 'reconcile told what had happened and what had not.');
}

function onceByReconcile(tool: string): Finding {
  return holds('effect-once', tool, 'reconcile kept it from running again after it had returned.');
}

/** What only reads may find the world changed. */
function isLookUp({ verdicts }: Subject, notes: readonly Note[]): boolean {
  const acts = notes.some(({ event }) => event === 'read-key' || event === 'sent');
  return verdicts.ask === 0 && !acts;
}

/** The times that `execute` was called. */
function runsOf(notes: readonly Note[]): string[] {
  return notes.flatMap((note) => (note.event === 'began' ? [note.run] : []));
}

function answerOf(notes: readonly Note[], run: string | undefined) {
  for (const note of notes)
    if ((note.event === 'returned' || note.event === 'threw') && note.run === run) return note;
  return undefined;
}
