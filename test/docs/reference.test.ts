import { expect, test } from 'vitest';

import { referencePages } from '../../scripts/reference/pages.ts';
import { readText } from './markdown.ts';

const pages = await referencePages();

test.each(Object.keys(pages))('%s says what the code says', (path) => {
  expect(readText(path), 'run "npm run docs:reference" and commit what it writes').toBe(pages[path]);
});
