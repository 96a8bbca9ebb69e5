import { diffArrays } from 'diff';

/** A piece of a text beside another one. */
export interface DiffPart {
  is: 'same' | 'added' | 'removed';
  text: string;
}

/**
 * Names stay whole, with the dots and signs within them: whether one looks like another is told of the whole word. A mark stays with its
 * letter, and a pair of surrogates stays a pair.
 */
const WORD = /[\p{L}\p{M}\p{N}\p{Cf}_]+(?:[.@:/-]+[\p{L}\p{M}\p{N}\p{Cf}_]+)*|\s+|[^]/gu;

/** Texts that differ in more words than this are two texts: the search for what they share would cost too much. */
const MOST_CHANGES = 1_000;

/** What was taken from a text and put into it, word by word. The parts that are not removed are the text after, and so the other way. */
export function diffWords(before: string, after: string): DiffPart[] {
  const [old, young] = [before.match(WORD) ?? [], after.match(WORD) ?? []];
  const parts = diffArrays<string>(old, young, { maxEditLength: MOST_CHANGES });
  const found = parts?.map(({ added, removed, value }): DiffPart => {
    return { is: added ? 'added' : removed ? 'removed' : 'same', text: value.join('') };
  });
  const whole: DiffPart[] = [
    { is: 'removed', text: before },
    { is: 'added', text: after },
  ];
  return (found ?? whole).filter(({ text }) => text !== '');
}
