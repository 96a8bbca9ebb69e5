import { createHash } from 'node:crypto';

import { toDigest } from '../digest.ts';
import { FormatError } from '../format-error.ts';
import { LINE_BYTES } from './format.ts';

const NEWLINE = 0x0a;

/** One line of a file. */
export interface RawLine {
  /** 1 is the first. */
  number: number;
  /** Without the "\n". */
  bytes: Buffer;
  /** Whether a "\n" ended it. Only the last one of a file can lack it. */
  isEnded: boolean;
}

/** Cuts bytes into lines, wherever the chunks they come in begin and end. It holds one line at most. */
export class LineSplitter {
  #rest: Buffer[] = [];
  #restBytes = 0;
  #number = 0;

  /** @throws FormatError when a line is too long to be one of the format. */
  *push(chunk: string | Uint8Array): Generator<RawLine> {
    const bytes =
      typeof chunk === 'string'
        ? Buffer.from(chunk)
        : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      yield this.#line(bytes.subarray(start, end), true);
      start = end + 1;
    }
    this.#keep(bytes.subarray(start));
  }

  /** What is left without a "\n". */
  *end(): Generator<RawLine> {
    if (this.#restBytes > 0) yield this.#line(Buffer.alloc(0), false);
  }

  #line(last: Buffer, isEnded: boolean): RawLine {
    const bytes = this.#restBytes === 0 ? last : Buffer.concat([...this.#rest, last]);
    [this.#rest, this.#restBytes] = [[], 0];
    this.#number += 1;
    return { number: this.#number, bytes, isEnded };
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    // A copy: whoever reads a file may use its buffer again.
    this.#rest.push(Buffer.from(bytes));
    this.#restBytes += bytes.length;
    if (this.#restBytes > LINE_BYTES)
      throw new FormatError(
        `line ${this.#number + 1}`,
        `must be of at most ${LINE_BYTES} bytes: this is no export`,
      );
  }
}

/** The digest of all bytes so far. */
export class RunningDigest {
  readonly #hash = createHash('sha256');

  add(bytes: string | Uint8Array): void {
    this.#hash.update(bytes);
  }

  toString(): string {
    return toDigest(this.#hash.copy().digest());
  }
}
