/** Phrasings that stop a reader: odd ones, and words that are no longer in use. What to write stands beside each. */
const PHRASES: [found: RegExp, instead: string][] = [
  [/\bin no loop\b/i, '"never asks in a loop"'],
  [/\bwhat of (?:a|an|the)\b/i, '"which parts of …"'],
  [/\b(?:those|the ones) that stand\b/i, '"the existing ones", "the ones that remain"'],
  [/\bsave for\b/i, '"except for"'],
  [
    /\b(?:whilst|lest|albeit|henceforth|upon)\b/i,
    'the plain word: "while", "so that … not", "although", "from now on", "on"',
  ],
  [/\b(?:here|there|where)(?:by|in|of|upon|with|to)\b/i, 'a plain clause: "with it", "in which"'],
  [/\bshall\b/i, '"must", "is", or the plain present'],
];

export interface OddPhrase {
  phrase: string;
  instead: string;
}

/** The phrasings of a sentence that ought to go. */
export function oddPhrases(sentence: string): OddPhrase[] {
  const said = sentence.replaceAll(/`[^`]*`/g, '');
  return PHRASES.flatMap(([found, instead]) => {
    const phrase = found.exec(said)?.[0];
    return phrase === undefined ? [] : [{ phrase, instead }];
  });
}
