import { environment } from '../../config.ts';
import { dim, isJson, say } from '../output.ts';

/** What is under way, for a person: on a terminal in one line that changes, elsewhere a line for each step. */
export interface Progress {
  step(message: string): void;
  /** Nothing is under way any more; the line is gone. */
  done(): void;
}

export function createProgress(stream: NodeJS.WriteStream = process.stdout): Progress {
  if (isJson() || !isLive(stream)) {
    return { step: (message) => say(dim(message)), done: () => undefined };
  }
  const clear = (): void => void stream.write('\r\u001b[2K');
  return {
    step: (message) => {
      clear();
      stream.write(dim(shorten(message, (stream.columns || 80) - 1)));
    },
    done: clear,
  };
}

/** Whether a line can be written over, and somebody is there to see it. */
export function isLive(stream: { isTTY?: boolean }, env = environment): boolean {
  return stream.isTTY === true && !env.CI && env.TERM !== 'dumb';
}

/** A line that wraps could not be taken back. */
function shorten(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`;
}
