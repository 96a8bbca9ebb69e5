import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { expect, test } from 'vitest';

import { root } from '../../docs/markdown.ts';
import { acceptedLanguage } from '../../../src/gateway/inbox/strings/accepted.ts';
import { en, type Words } from '../../../src/gateway/inbox/strings/en.ts';
import { LANGUAGES } from '../../../src/gateway/inbox/strings/languages.ts';
import { language, speak, words } from '../../../src/gateway/inbox/strings/words.ts';

/** Every text of a language by its path, and where a function is. */
function walk(value: unknown, path = ''): [path: string, found: unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([name, inner]) =>
    walk(inner, path === '' ? name : `${path}.${name}`),
  );
}

const others = Object.entries<Words>(LANGUAGES).filter(([tag]) => tag !== 'en');
const english = new Map(walk(en));

/** Words that are the same in the languages that we have, and what is no word. */
const SAME =
  /^(name|dates|numbers|frame\.passkeys|passkeys\.title|filters\.tool|refused\.asWorkersSay|args\.kinds\.text|decide\.means\.provider\.(edit|respond))$/;

test.each(others)('every text of "%s" is translated, and none is empty', (_tag, translated) => {
  const texts = walk(translated).filter(([path]) => !SAME.test(path));
  const missing = texts.filter(([path, text]) => typeof text !== 'function' && text === english.get(path));
  expect(missing).toEqual([]);
  expect(texts.filter(([, text]) => text === '')).toEqual([]);
});

test.each(others)(
  'every marker that a script fills in "%s" stands where it does in English',
  (_tag, translated) => {
    const marks = (text: unknown) => (typeof text === 'string' ? text.split('#').length - 1 : 0);
    const different = walk({ time: translated.time, scripts: translated.scripts }).filter(
      ([path, text]) => marks(text) !== marks(english.get(path)),
    );
    expect(different).toEqual([]);
  },
);

test.each([
  [undefined, null],
  ['', null],
  ['*', null],
  ['de', 'de'],
  ['DE-at', 'de'],
  ['fr, de;q=0.5', 'de'],
  ['en;q=0.7, de;q=0.8', 'de'],
  ['de;q=0.7,en;q=0.7', 'de'],
  ['en, de', 'en'],
  ['de;q=0, en;q=0.1', 'en'],
  ['de-CH, de;q=0', null],
  ['de;q=2, en;q=0.1', 'en'],
  ['de;q=-1', null],
  ['de;q=0.1234', null],
  ['de ; q = 0.9 , en ; q=0.95', 'en'],
  ['constructor, toString;q=0.9', null],
  [',,;q=1,', null],
  ['fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5', 'en'],
])('a browser that asks for %j reads %j', (header, wanted) => {
  expect(acceptedLanguage(header)).toBe(wanted);
});

test('each answer is made in its own language, also while others are made, and in English where nobody reads', async () => {
  const later = (wanted: 'en' | 'de') =>
    speak(wanted, async () => {
      await new Promise(setImmediate);
      return [language(), words().decide.approve];
    });
  expect(await Promise.all([later('de'), later('en'), later('de')])).toEqual([
    ['de', 'Freigeben'],
    ['en', 'Approve'],
    ['de', 'Freigeben'],
  ]);
  expect(language()).toBe('en');
});

/** What is told to programs, and what the push service's worker says when nothing was sent with a push. */
const FOR_PROGRAMS =
  /new Error\(|'Sign in again to see what is new\.'|'Look into the inbox\.'|'The token was used before\.'/;

test('pages and scripts of the inbox have no words of their own', () => {
  const folders = ['inbox', 'passkeys', 'push', 'sign-in'].map((name) => join(root, 'src/gateway', name));
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !/^strings\/\w+\.ts$/.test(name))
      .map((name) => join(folder, name)),
  );
  expect(files.length).toBeGreaterThan(50);
  // A text in quotes with a blank and a capital, or words between tags.
  const sentence = /['"`][A-Z][a-z’]+ [a-z’]+[^'"`]*['"`]|>\s*[A-Z][a-z]+ [a-z]+[\w ,.]*[.<$]/;
  const found = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .replaceAll(/\/\*\*?.*?\*\//gs, '')
      .split('\n')
      .filter((line) => !/^\s*\/\//.test(line) && sentence.test(line) && !FOR_PROGRAMS.test(line))
      .map((line) => `${relative(root, file)}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});
