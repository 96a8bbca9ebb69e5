/** Writes the pages of docs/reference/ from what they are about. test/docs/reference.test.ts says when that is due. */
import { writeFileSync } from 'node:fs';

import { referencePages } from './reference/pages.ts';

for (const [path, text] of Object.entries(await referencePages())) {
  writeFileSync(new URL(`../${path}`, import.meta.url), text);
  console.log(path);
}
