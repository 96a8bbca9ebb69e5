#!/usr/bin/env node
import { isNodeTooOld, tooOldNode } from './node-version.ts';

// Loads the program only where it can run: an older Node would stop at its first import with a stack.
if (isNodeTooOld()) {
  process.stderr.write(`${tooOldNode()}\n`);
  process.exitCode = 1;
} else {
  const { endWithReader } = await import('./end-with-reader.ts');
  const { runProgram } = await import('./program.ts');
  endWithReader();
  await runProgram();
}
