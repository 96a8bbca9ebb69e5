import { domainToASCII, domainToUnicode } from 'node:url';

import { codePointName } from './character-name.ts';

/**
 * Words and domain names that can be seen, and still look like others: letters of two alphabets in one word, and names that
 * browsers write in two ways. A word that is wholly of another alphabet is legal in its language and is not marked.
 */

const WORD = String.raw`[\p{L}\p{M}\p{Nd}_]+`;
const LABEL = String.raw`[\p{L}\p{M}\p{Nd}_-]+`;
/** The dot, and the three others that a browser takes for one. */
const DOT = String.raw`[.\u3002\uFF0E\uFF61]`;

/** One label, or several with dots between: nothing in it can fail after its first letter, so that long texts take no longer by the square. */
const NAMES = new RegExp(`${LABEL}(?:${DOT}${LABEL})*`, 'gu');
const WORDS = new RegExp(WORD, 'gu');
const HAS_DOT = new RegExp(DOT, 'u');

/** The domain names in a text, and the words that are in none, in their order. */
export function* namesAndWords(text: string): Generator<{ word: string; index: number }> {
  for (const { 0: name, index } of text.matchAll(NAMES)) {
    if (HAS_DOT.test(name)) yield { word: name, index };
    else for (const { 0: word, index: at } of name.matchAll(WORDS)) yield { word, index: index + at };
  }
}

/** Those of one group are written together: Japanese and Korean mix Chinese characters, and all of them Latin letters. */
const SCRIPTS = [
  'Latin',
  'Cyrillic',
  'Greek',
  'Armenian',
  'Hebrew',
  'Arabic',
  'Georgian',
  'Cherokee',
  'Coptic',
  'Lisu',
  'Devanagari',
  'Bengali',
  'Gurmukhi',
  'Gujarati',
  'Oriya',
  'Tamil',
  'Telugu',
  'Kannada',
  'Malayalam',
  'Sinhala',
  'Thai',
  'Lao',
  'Khmer',
  'Myanmar',
  'Tibetan',
  'Ethiopic',
  'Mongolian',
  'Canadian_Aboriginal',
  'Vai',
  'Bamum',
  'Nko',
  'Tifinagh',
  'Runic',
  'Ogham',
  'Gothic',
  'Deseret',
  'Osage',
  'Glagolitic',
  'Old_Italic',
  'Warang_Citi',
  'Yi',
  'Syriac',
  'Thaana',
] as const;
const OF_SCRIPT = SCRIPTS.map((script) => ({ script, pattern: new RegExp(`\\p{Script=${script}}`, 'u') }));
/** A few joiners are allowed in names; here they would be hidden in a mark of ours. */
const UNSEEN = /[^\p{L}\p{M}\p{N}._-]/gu;
const PLAIN = /^[\x20-\x7E]*$/;
const PUNYCODE = /(?:^|\.)xn--/i;

/** What there is to say of a word or a domain name that looks like another; empty for nearly all. */
export function lookAlikeNotes(word: string): string[] {
  if (PLAIN.test(word) && !PUNYCODE.test(word)) return [];
  return [...domainNotes(word), ...mixedIn(word)];
}

/** A name in other letters beside what it is on the wire, and a name of the wire beside what a browser shows. */
function domainNotes(name: string): string[] {
  if (!HAS_DOT.test(name)) return [];
  const written = name.toLowerCase();
  const ascii = domainToASCII(name);
  if (ascii === '') return [];
  if (ascii !== written) return [`THE DOMAIN ${ascii}`];
  const shown = domainToUnicode(ascii);
  return shown === written || shown === ''
    ? []
    : [`LOOKS LIKE ${shown.replace(UNSEEN, codePointName)}`, ...mixedIn(shown)];
}

function mixedIn(words: string): string[] {
  return (words.match(WORDS) ?? []).flatMap(mixedNotes);
}

function mixedNotes(word: string): string[] {
  const letters = new Map<string, Set<string>>();
  const counts = new Map<string, number>();
  for (const character of word) {
    const script = OF_SCRIPT.find(({ pattern }) => pattern.test(character))?.script;
    if (script === undefined) continue;
    letters.set(script, (letters.get(script) ?? new Set()).add(character));
    counts.set(script, (counts.get(script) ?? 0) + 1);
  }
  if (letters.size < 2) return [];
  const [main, ...others] = [...counts].sort(([, a], [, b]) => b - a).map(([script]) => script);
  const strange = others.map((script) => {
    const codes = Array.from(letters.get(script) ?? [], codePointName);
    return `${inWords(script)} ${codes.join(' ')}`;
  });
  return [`MIXED LETTERS: ${inWords(main ?? '')} AND ${strange.join(', ')}`];
}

function inWords(script: string): string {
  return script.replaceAll('_', ' ').toUpperCase();
}
