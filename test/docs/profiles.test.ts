import { expect, test } from 'vitest';

import { PROFILE_NAMES } from '@countersign/openai-simulator';
import { firstColumn, readText } from './markdown.ts';

test('docs/protocol.md says of every deviation the simulator plays why it is survived', () => {
  const listed = firstColumn(readText('docs/protocol.md'), 'profile').map((cell) => cell.replaceAll('`', ''));
  expect(listed).toEqual(PROFILE_NAMES);
});

test('pages say how many there are', () => {
  for (const page of ['docs/concepts/guarantees.md', 'docs/concepts/protocols.md', 'CHANGELOG.md'])
    expect(readText(page)).toContain(` in ${PROFILE_NAMES.length} ways`);
});
