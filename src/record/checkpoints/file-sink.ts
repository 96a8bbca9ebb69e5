import { open } from 'node:fs/promises';
import { resolve } from 'node:path';

import type { CheckpointSink } from './sink.ts';

/**
 * Appends each checkpoint to a file, one JWS a line, and waits for the disk: `record verify --checkpoints` reads it. Place it where
 * whoever runs the database cannot write: on a disk that only grows, or on another machine.
 */
export function fileSink(path: string): CheckpointSink {
  const file = resolve(path);
  return {
    ...{ kind: 'file', place: `file:${file}` },
    async send({ checkpoint }) {
      const handle = await open(file, 'a+', 0o600);
      try {
        // The file may end within a line: the process that wrote it was killed.
        const { size } = await handle.stat();
        const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
        const isCut = size > 0 && buffer.toString() !== '\n';
        await handle.appendFile(`${isCut ? '\n' : ''}${checkpoint}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
  };
}
