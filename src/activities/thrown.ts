import { SENTENCE_CHARACTERS } from '../contracts/limits.ts';
import { shorten } from '../contracts/size.ts';
import { TerminalError } from '../define/tool.ts';

/**
 * What an application's own code has thrown, which may be anything: a text, nothing at all, an object without a prototype, a proxy that
 * throws at every touch. Reading it must not throw again: the turn would hang, or a tool run again after it has had its effect.
 */

/** Its words, shortened; a sentence of ours where it has none that can be read. */
export function wordsOf(thrown: unknown): string {
  const words = read(() => (thrown instanceof Error ? thrown.message : String(thrown)));
  return typeof words === 'string' && words.trim() !== ''
    ? shorten(words, SENTENCE_CHARACTERS)
    : 'It threw something without a message.';
}

/** An error with its words and its stack and nothing else, so that it can travel. */
export function errorOf(thrown: unknown): Error {
  const error = new Error(wordsOf(thrown));
  const { name, stack } = factsOf(thrown);
  error.name = name;
  error.stack = stack;
  return error;
}

/** Where it comes from and what it is, without its words, which may quote arguments and people: for logs. */
export function originOf(thrown: unknown): { thrown: string; at?: string } {
  const { name, stack } = factsOf(thrown);
  const at = /^\s+at (.{1,300})$/m.exec(stack)?.[1];
  return { thrown: name, ...(at !== undefined && { at }) };
}

/** The tool itself says that trying again is pointless. */
export function isTerminal(thrown: unknown): boolean {
  return read(() => thrown instanceof TerminalError) === true;
}

const NAME_CHARACTERS = 100;

function factsOf(thrown: unknown): { name: string; stack: string } {
  const name = read(() => (thrown instanceof Error ? thrown.name : typeof thrown));
  const stack = read(() => (thrown instanceof Error ? thrown.stack : undefined));
  return {
    name: typeof name === 'string' ? shorten(name, NAME_CHARACTERS) : 'unreadable',
    stack: typeof stack === 'string' ? shorten(stack, SENTENCE_CHARACTERS) : '',
  };
}

function read(look: () => unknown): unknown {
  try {
    return look();
  } catch {
    return undefined;
  }
}
