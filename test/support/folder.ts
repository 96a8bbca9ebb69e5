import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll } from 'vitest';

/** An empty folder, which is gone after the tests of the file or group that asks for it. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
