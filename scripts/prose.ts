/**
 * Looks at how our pages read: sentences of more than 30 words, odd phrasings, lines of more than 160 characters. `--all` also lists the
 * sentences that are known (prose/known.txt), `--forget` takes those off the list that are gone. Nothing is ever put on it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { oddPhrases } from './prose/phrases.ts';
import { sentencesOf, wideLines } from './prose/sentences.ts';

const WORDS = 30;
const CHARACTERS = 160;

const root = fileURLToPath(new URL('..', import.meta.url));
const list = join(root, 'scripts/prose/known.txt');
const { all, forget } = parseArgs({
  options: { all: { type: 'boolean', default: false }, forget: { type: 'boolean', default: false } },
}).values;

const known = readFileSync(list, 'utf8').split('\n').filter(Boolean);
const met = new Set<string>();
const problems = pages().flatMap(problemsOf);
const gone = known.filter((entry) => !met.has(entry));

if (forget) writeFileSync(list, known.filter((entry) => met.has(entry)).join('\n'));
else
  problems.push(
    ...gone.map(
      (entry) => `scripts/prose/known.txt: is gone, take it off with "npm run prose -- --forget": ${entry}`,
    ),
  );

for (const problem of problems) console.log(problem);
console.log(`${problems.length} to mend, ${met.size} sentences known and to be rewritten.`);
if (problems.length > 0) process.exitCode = 1;

/** Every page that people read, also one that is not committed yet. */
function pages(): string[] {
  const options = { cwd: root, encoding: 'utf8' } as const;
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], options);
  return listed
    .split('\n')
    .filter((path) => path !== '' && !/(?:^|\/)test\//.test(path) && existsSync(join(root, path)));
}

function problemsOf(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8');
  const sentences = sentencesOf(text).flatMap(({ line, words, text: sentence }) => {
    const place = `${page}:${line}`;
    const wrong = oddPhrases(sentence).map(({ phrase, instead }) => `"${phrase}": write ${instead}`);
    if (words > WORDS) wrong.push(`${words} words, at most ${WORDS}`);
    const entry = `${page}: ${sentence}`;
    if (wrong.length === 0) return [];
    const isKnown = known.includes(entry);
    if (isKnown) met.add(entry);
    return isKnown && !all ? [] : wrong.map((what) => `${place}: ${what}: ${sentence}`);
  });
  const wide = wideLines(text, CHARACTERS).map(
    ({ line, characters }) => `${page}:${line}: ${characters} characters, at most ${CHARACTERS}`,
  );
  return [...sentences, ...wide];
}
