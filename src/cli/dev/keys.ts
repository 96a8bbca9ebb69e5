/** What a key does. */
export interface Key {
  key: string;
  does: string;
  run: () => Promise<void> | void;
}

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_Z = '\u001a';

/**
 * Reads single keys from the terminal until it is told to stop. In this mode the terminal sends no signals of its own, so Ctrl+C and
 * Ctrl+Z are done here.
 *
 * @returns a function that gives the terminal back
 */
export function listenToKeys(
  input: NodeJS.ReadStream,
  keys: readonly Key[],
  { onQuit, onError }: { onQuit: () => void; onError: (error: unknown) => void },
): () => void {
  const press = (pressed: string): void => {
    if (pressed === CTRL_C || pressed === CTRL_D) {
      onQuit();
      return;
    }
    if (pressed === CTRL_Z) {
      input.setRawMode(false);
      process.once('SIGCONT', () => input.setRawMode(true));
      process.kill(process.pid, 'SIGTSTP');
      return;
    }
    const found = keys.find(({ key }) => key === pressed.toLowerCase());
    if (found !== undefined) void Promise.resolve(found.run()).catch(onError);
  };
  const hear = (text: string): void => Array.from(text).forEach(press);
  input.setRawMode(true);
  input.setEncoding('utf8');
  input.on('data', hear);
  input.resume();
  return () => {
    input.off('data', hear);
    input.setRawMode(false);
    input.pause();
  };
}

/** The keys in one line: `i inbox · q quit`. */
export function keyLine(keys: readonly Key[], mark: (key: string) => string): string {
  return keys.map(({ key, does }) => `${mark(key)} ${does}`).join(' · ');
}
