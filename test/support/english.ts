import type { Page } from 'playwright-core';

import { de } from '../../src/gateway/inbox/strings/de.ts';
import { en } from '../../src/gateway/inbox/strings/en.ts';

/** Stands for whatever a sentence is given. */
const GIVEN = '§';
/** A shorter piece of a sentence may stand in German, too. */
const PIECE_CHARACTERS = 12;
/** Words that no German sentence has: text of ours that stands in no file of strings shows by them. */
const ENGLISH = /\b(?:the|and|is|are|of|with|you|your|has|have|not|to|for|by|this)\b/i;

/** What a page shows, text by text, but for what is marked as in no language that we know: words of models, tools and people. */
const TEXTS = `(() => {
  const ours = (element) => element.closest('[lang]').lang === 'de';
  const texts = [];
  // A title has no marks: the name of a call stands in it as the heading has it.
  const theirs = [...document.querySelectorAll('h1 [lang=""]')].map(({ textContent }) => textContent.trim());
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement: parent, textContent: text } = walker.currentNode;
    if (!parent.closest('script, style, noscript, template, code, pre, textarea') && ours(parent))
      texts.push(parent.matches('title') ? theirs.reduce((left, name) => left.replace(name, ''), text) : text);
  }
  for (const element of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]'))
    for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
      if (element.hasAttribute(name) && ours(element)) texts.push(element.getAttribute(name));
  return texts.map((text) => text.trim().replace(/\\s+/g, ' ')).filter((text) => text !== '');
})()`;

/** Texts of a German page that are English. */
export async function englishOn(page: Page): Promise<string[]> {
  const texts = await page.evaluate<string[]>(TEXTS);
  const isEnglish = (text: string): boolean =>
    WHOLE.has(text) || PIECES.some((piece) => text.includes(piece)) || ENGLISH.test(text);
  return [...new Set(texts.filter(isEnglish))].map((text) => `English: ${text}`);
}

const german = new Set(leavesOf(de));
/** Whole texts of ours, and pieces that are long enough to be known within another text. */
const WHOLE = new Set(leavesOf(en).filter((text) => !german.has(text)));
const PIECES = [...WHOLE].filter((text) => text.length >= PIECE_CHARACTERS);

/** Every text in a file of strings; of a function the pieces around what it is given. */
function leavesOf(words: unknown): string[] {
  if (typeof words === 'string') return piecesOf(words);
  if (typeof words === 'function') return said(words as (...given: unknown[]) => unknown);
  if (typeof words !== 'object' || words === null) return [];
  return Object.values(words).flatMap(leavesOf);
}

/** Some take numbers, lists or functions, and say nothing of a mark: the words that no German sentence has stand for them. */
function said(sentence: (...given: unknown[]) => unknown): string[] {
  for (const given of [GIVEN, 2, () => GIVEN] as const) {
    try {
      return piecesOf(String(sentence(...Array<unknown>(6).fill(given))));
    } catch {
      continue; // it takes something else
    }
  }
  return [];
}

function piecesOf(text: string): string[] {
  return text
    .replaceAll(/<[^>]*>/g, GIVEN)
    .split(/[§#]/)
    .map((piece) => piece.trim())
    .filter((piece) => /\p{L}{3}/u.test(piece));
}
