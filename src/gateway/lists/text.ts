import type { AnyShownApproval } from '../../contracts/approval/approval.ts';

/** So much of an answer is made at a time. */
const CHUNK_CHARACTERS = 64 * 1024;

/**
 * `{approvals, more}` as JSON text, in pieces made while the approvals are read.
 *
 * @param limit - of approvals; `more` says whether there are others.
 */
export async function* listText(
  approvals: AsyncIterable<AnyShownApproval>,
  limit: number,
): AsyncGenerator<string> {
  let text = '{"approvals":[';
  let count = 0;
  for await (const approval of approvals) {
    if (count === limit) {
      yield `${text}],"more":true}`;
      return;
    }
    text += `${count === 0 ? '' : ','}${JSON.stringify(approval)}`;
    count += 1;
    if (text.length < CHUNK_CHARACTERS) continue;
    yield text;
    text = '';
  }
  yield `${text}],"more":false}`;
}

/**
 * The body of an answer that is made as fast as it is taken. What goes wrong before the first piece is thrown, and so still told as a
 * problem; later the connection breaks, so that nobody takes a part for the whole.
 */
export async function toStream(pieces: AsyncGenerator<string>): Promise<ReadableStream<Uint8Array>> {
  const encoder = new TextEncoder();
  let next = await pieces.next();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (next.done !== true) controller.enqueue(encoder.encode(next.value));
        next = await pieces.next();
        if (next.done === true) controller.close();
      },
      async cancel() {
        await pieces.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
