/**
 * An answer in server-sent events.
 *
 * @param events - what is sent, one after another, as it comes.
 */
export function eventStream(events: AsyncIterable<string>): Response {
  const encoder = new TextEncoder();
  const iterator = events[Symbol.asyncIterator]();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await iterator.next().catch(endedByClosing);
      if (next.done === true) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
    async cancel() {
      await iterator.return?.();
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } });
}

/** The simulator is closing, and its connections are closed already: nobody is there to hear of it. */
function endedByClosing(error: unknown): IteratorReturnResult<undefined> {
  if (error instanceof Error && error.name === 'AbortError') return { done: true, value: undefined };
  throw error;
}

/** Text in the pieces in which a model hands it out: whole when joined. */
export function pieces(text: string): string[] {
  return text.match(/\s*\S{1,8}|\s+$/g) ?? [];
}
