import { describe, expect, test } from 'vitest';

import { jsonBytes } from '../../../../src/contracts/size.ts';
import type { Summary, TranscriptEntry } from '../../../../src/contracts/transcript.ts';
import { fitTranscript, limitOf, type Fit } from '../../../../src/providers/chat/fit.ts';
import { closeCalls, toMessages } from '../../../../src/providers/chat/messages.ts';
import { called, said, told, user } from './entries.ts';
import { readTranscript } from '../../../../packages/openai-simulator/src/chat/transcript.ts';

const isGated = (tool: string): boolean => tool !== 'lookup';
const TOOLS = ['lookup', 'refund', 'wipe'];

/** Numbers that look like chance and are the same in every run (mulberry32). */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A conversation as turns leave it: rounds of calls, some of them large, some turns cut off in the middle. */
function conversation(
  random: (below: number) => number,
  turns: number,
  isUnderWay: boolean,
): TranscriptEntry[] {
  const alphabet = ['a', ' ', '\n', '"', 'ß', '表', '😀'];
  const text = (most: number) => alphabet[random(alphabet.length)]!.repeat(random(most));
  let calls = 0;
  return Array.from({ length: turns }, (_, turn): TranscriptEntry[] => {
    const rounds = Array.from({ length: random(4) }, (): TranscriptEntry[] => {
      const made = Array.from({ length: 1 + random(3) }, () => ({
        toolCallId: `call_${++calls}`,
        tool: TOOLS[random(TOOLS.length)]!,
        arguments: JSON.stringify({ note: text(3_000) }),
      }));
      const outputs = made.map(({ toolCallId }): TranscriptEntry => ({
        role: 'tool',
        toolCallId,
        output: text(9_000),
        ...(random(3) === 0 && { isRefusal: true as const }),
      }));
      return [{ role: 'assistant', text: random(2) ? null : text(2_000), calls: made }, ...outputs];
    });
    const isCut = random(5) === 0 || (isUnderWay && turn === turns - 1);
    const reply: TranscriptEntry[] = isCut ? [] : [{ role: 'assistant', text: text(2_000) }];
    return [{ role: 'user', text: `${turn}: ${text(2_000)}` }, ...rounds.flat(), ...reply];
  }).flat();
}

const lastTurn = (entries: TranscriptEntry[]) =>
  entries.slice(entries.findLastIndex(({ role }) => role === 'user'));
const gatedCalls = (entries: readonly TranscriptEntry[]) =>
  entries
    .flatMap((entry) => (entry.role === 'assistant' ? (entry.calls ?? []) : []))
    .filter(({ tool }) => isGated(tool)).length;

function remembered({ turns, before }: Summary): number {
  const counted = (before?.actions ?? []).reduce((sum, { called }) => sum + called, 0);
  return counted + turns.flatMap(({ actions }) => actions).length;
}

const seeds = Array.from({ length: 60 }, (_, seed) => ({
  seed,
  isUnderWay: seed % 2 === 0,
  maximumBytes: [16_000, 24_000, 60_000, 150_000][seed % 4]!,
}));

describe.each(seeds)('conversation $seed within $maximumBytes bytes (under way: $isUnderWay)', (scene) => {
  const fit: Fit = { ...scene, isGated };
  const random = createRandom(scene.seed + 1);
  const entries = closeCalls(conversation(random, 1 + random(20), scene.isUnderWay));
  const fitted = fitTranscript(entries, fit);

  test('fits, and fitting it again changes nothing', () => {
    expect(jsonBytes(fitted)).toBeLessThanOrEqual(limitOf(entries, fit));
    expect(fitTranscript(fitted, fit)).toEqual(fitted);
  });

  test('every call has its output right behind it', () => {
    const messages = toMessages('', fitted);
    if (messages.length > 0) readTranscript(messages as Parameters<typeof readTranscript>[0]);
    expect(closeCalls(fitted)).toEqual(fitted);
  });

  test('no gated action is forgotten', () => {
    const summary = fitted.find((entry) => entry.role === 'summary');
    expect(gatedCalls(fitted) + (summary === undefined ? 0 : remembered(summary))).toBe(gatedCalls(entries));
  });

  test('the turn under way keeps its message and every call', () => {
    if (!scene.isUnderWay) return;
    const before = lastTurn(entries);
    const after = lastTurn(fitted);
    expect(after[0]).toBe(before[0]);
    expect(after.map(({ role }) => role)).toEqual(before.map(({ role }) => role));
  });

  test('what fits is not touched', () => {
    const room = { ...fit, maximumBytes: jsonBytes(entries) };
    fitTranscript(entries, room).forEach((entry, index) => expect(entry).toBe(entries[index]));
  });
});

const under: Fit = { maximumBytes: 16_000, isUnderWay: true, isGated };

test('old turns go first, whole and oldest first; the turn under way stays as it is', () => {
  const old = (name: string): TranscriptEntry[] => [
    user(`${name} ${'x'.repeat(5_300)}`),
    called(name),
    told(name, 'Refunded.'),
    said(`${name} is done.`),
  ];
  const entries = [...old('first'), ...old('second'), ...old('third'), user('Now?')];
  const fitted = fitTranscript(entries, under);
  expect(fitted[0]).toMatchObject({
    role: 'summary',
    turns: [
      {
        message: expect.stringMatching(/^first x+/) as string,
        reply: 'first is done.',
        actions: [{ tool: 'refund', arguments: '{}', output: 'Refunded.' }],
      },
    ],
  });
  expect(fitted.slice(1)).toEqual(entries.slice(4));
});

test('of a turn beyond the bound the oldest outputs are shortened, with a mark, and no more than needed', () => {
  const entries = [
    user('Go.'),
    ...[called('1'), told('1', 'a'.repeat(9_000))],
    ...[called('2'), told('2', 'b'.repeat(6_000))],
    ...[called('3'), told('3', 'c'.repeat(6_000))],
  ];
  const fitted = fitTranscript(entries, under);
  expect(fitted[2]).toMatchObject({
    output: expect.stringMatching(
      /^a+\n\[Shortened here: it had 9,002 bytes\. Do not repeat the call to see the rest\.\]$/,
    ) as string,
  });
  expect(fitted.toSpliced(2, 1)).toEqual(entries.toSpliced(2, 1));
  expect(jsonBytes(fitted)).toBeGreaterThan(15_800);
});

test('arguments are shortened when outputs are not enough, and stay a JSON object', () => {
  const call = { toolCallId: '1', tool: 'refund', arguments: JSON.stringify({ note: 'n'.repeat(20_000) }) };
  const large: TranscriptEntry = { role: 'assistant', text: null, calls: [call] };
  const entries = [user('Go.'), large, told('1', 'ok')];
  const [, made] = fitTranscript(entries, under);
  const [shortened] = made!.role === 'assistant' ? made!.calls! : [];
  expect(JSON.parse(shortened!.arguments)).toMatchObject({
    shortened: expect.stringMatching(/^\{"note":"n+/) as string,
  });
});

test('a message larger than the bound is sent whole while its turn is under way, and shortened afterwards', () => {
  const entries = [user('m'.repeat(40_000)), called('1'), told('1', 'ok')];
  expect(fitTranscript(entries, under)).toEqual(entries);
  const [message] = fitTranscript(entries, { ...under, isUnderWay: false });
  expect(message).toMatchObject({
    role: 'user',
    text: expect.stringMatching(/^m+\n\[Shortened here/) as string,
  });
});

test('when the summary grows too large, words go before deeds, and deeds become a count', () => {
  let transcript: TranscriptEntry[] = [];
  const turns = 400;
  for (let turn = 0; turn < turns; turn++) {
    transcript = fitTranscript(
      [...transcript, user('w'.repeat(400)), called(`${turn}`), told(`${turn}`, 'o'.repeat(400)), said('r')],
      { ...under, isUnderWay: false },
    );
  }
  const summary = transcript[0] as Summary;
  expect(summary.role).toBe('summary');
  expect(remembered(summary) + gatedCalls(transcript)).toBe(turns);
  expect(summary.before!.actions).toEqual([{ tool: 'refund', called: summary.before!.turns, refused: 0 }]);
  expect(summary.turns.some(({ message, actions }) => message === '' && actions.length > 0)).toBe(true);
});
