import { verifyExport, type Bytes, type VerifyOptions } from './export/verify.ts';
import { verifyReceipt } from './receipt.ts';
import type { Report } from './report.ts';

/** A receipt is one approval's: what is larger is none. */
const RECEIPT_BYTES = 64 * 1024 * 1024;
/** So every export begins, unless it was damaged: its first line is canonical JSON. */
const EXPORT = Buffer.from('{"from":');
const RECEIPT = /"type"\s*:\s*"countersign-receipt"/;

/** Verifies an export or a receipt, whichever it is. An export is read in one pass, in memory that does not grow with it. */
export async function verifyFile(bytes: Bytes, options: VerifyOptions = {}): Promise<Report> {
  const source = chunks(bytes);
  let begin = Buffer.alloc(0);
  while (!begin.subarray(0, EXPORT.length).equals(EXPORT) && begin.length < RECEIPT_BYTES) {
    const next = await source.next();
    if (next.done === true) break;
    begin = Buffer.concat([begin, next.value]);
  }
  const isExport = begin.subarray(0, EXPORT.length).equals(EXPORT);
  if (!isExport && begin.length < RECEIPT_BYTES && RECEIPT.test(begin.toString('utf8')))
    return verifyReceipt(begin.toString('utf8'), options);
  return verifyExport(following(begin, source), options);
}

async function* chunks(bytes: Bytes): AsyncGenerator<Buffer, void, void> {
  for await (const chunk of bytes) yield Buffer.from(chunk as Uint8Array);
}

async function* following(begin: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  yield begin;
  yield* rest;
}
