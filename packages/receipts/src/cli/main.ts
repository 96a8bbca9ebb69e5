#!/usr/bin/env node
import { complaintAboutNode } from './node-version.ts';

// Loads the program only where it can run: an older Node would stop at its first import with a stack.
const complaint = complaintAboutNode();
if (complaint === null) {
  const { runProgram } = await import('./program.ts');
  process.exitCode = await runProgram(process.argv.slice(2));
} else {
  process.stderr.write(`${complaint}\n`);
  process.exitCode = 2;
}
