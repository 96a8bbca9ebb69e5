import { describe, expect, test } from 'vitest';

import { oddPhrases } from '../../../scripts/prose/phrases.ts';
import { sentencesOf, wideLines } from '../../../scripts/prose/sentences.ts';

const page = `---
title: The front matter is not read, however many words somebody has put into it.
---
# A heading is no sentence

First sentence here. npm may
begin one. \`a.b? c\` is one word, e.g. this. It ends!

| a table | is not read |
| --- | --- |
| at all. | Not here. |

- An item
  of two lines
- A [link to. a page](https://example.com/a.b.c) is its text

\`\`\`sh
neither is code.
\`\`\`
`;

describe('the sentences of a page', () => {
  test('are those of paragraphs and lists, each with its line and its words', () => {
    expect(sentencesOf(page).map(({ line, words, text }) => [line, words, text])).toEqual([
      [6, 3, 'First sentence here.'],
      [6, 4, 'npm may begin one.'],
      [7, 6, '`a_b_c` is one word, e.g. this.'],
      [7, 2, 'It ends!'],
      [13, 5, 'An item of two lines'],
      [15, 3, 'A link to.'],
      [15, 5, 'a page is its text'],
    ]);
  });

  test('have odd phrasings pointed out, with what to write, but not in code', () => {
    expect(oddPhrases('It asks in no loop, save for one.').map(({ phrase }) => phrase)).toEqual([
      'in no loop',
      'save for',
    ]);
    expect(oddPhrases('`upon` is a name.')).toEqual([]);
  });
});

test('a line is too wide outside tables, code and the front matter only', () => {
  const wide = 'x'.repeat(30);
  const text = `---\n${wide}\n---\n${wide}\n\n| ${wide} |\n| --- |\n\n\`\`\`\n${wide}\n\`\`\`\n`;
  expect(wideLines(text, 20)).toEqual([{ line: 4, characters: 30 }]);
});
