import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

import type { Metrics } from '../metrics.ts';
import { Problem } from '../problem.ts';

/**
 * The open streams of server-sent events of one gateway:
 *
 *   open → over   the listener is gone, or reads too slowly; whoever listens may no more; an hour has passed, after which the browser comes
 *                 again and shows its right; there is nothing more to tell; the gateway shuts down
 */
export interface Streams {
  /**
   * Answers with a stream; a HEAD with its headers alone, and nothing is followed.
   *
   * @throws Problem `too-busy` when this person, or all together, have as many as may be; `draining` while the gateway shuts down.
   */
  open<T>(c: StreamContext, opening: Opening<T>): Response;
}

/** What a request's context has that a stream needs. */
export interface StreamContext {
  req: Pick<Context['req'], 'method'>;
  body: Context['body'];
  /** Absent when no server has taken the request, as in tests. */
  env: Partial<HttpBindings> | undefined;
}

/** One event. */
export interface Told {
  event: string;
  id?: string;
  /** One line. */
  data: string;
}

/** What follows something for one stream. */
export interface Listener {
  tell: (told: Told) => void;
  /** The stream ends after what was told. */
  end: () => void;
}

/** Knows who may listen no more; asked for all who listen together. */
export interface Guard<T> {
  kind: 'api' | 'inbox';
  gone(all: readonly T[]): Promise<ReadonlySet<T>>;
}

export interface Opening<T> {
  /** Whose stream it is. */
  owner: { tenant: string; id: string };
  guard: Guard<T>;
  /** What the guard knows them by. */
  ticket: T;
  /** Begins to follow. @returns what ends it. */
  follow: (listener: Listener) => () => void;
}

interface Stream {
  opening: Opening<unknown>;
  write(text: string): void;
  close(): void;
}

/** Of one person, and of all together. */
const [PER_PERSON, IN_ALL] = [20, 4_000];
const HOUR_MS = 3_600_000;
/** Pieces of a few bytes that a listener has not taken: ten heartbeats and more. */
const UNREAD = 16;
/** A browser comes again after so long, each at another time. */
const RETRY_MS = [1_000, 4_000] as const;

export function createStreams(
  { draining, metrics }: { draining: AbortSignal; metrics: Pick<Metrics, 'setStreams'> },
  heartbeatMs: number,
): Streams {
  const encoder = new TextEncoder();
  const streams = new Set<Stream>();
  let timers: NodeJS.Timeout[] = [];

  draining.addEventListener('abort', () => streams.forEach((stream) => stream.close()), { once: true });

  function add(stream: Stream): void {
    streams.add(stream);
    if (timers.length === 0)
      timers = [
        setInterval(beat, heartbeatMs).unref(),
        setInterval(() => void look(), heartbeatMs / 3).unref(),
      ];
    count(stream.opening.guard.kind);
  }

  function remove(stream: Stream): void {
    if (!streams.delete(stream)) return;
    count(stream.opening.guard.kind);
    if (streams.size > 0) return;
    for (const timer of timers.splice(0)) clearInterval(timer);
  }

  function count(kind: Guard<unknown>['kind']): void {
    metrics.setStreams(kind, [...streams].filter(({ opening }) => opening.guard.kind === kind).length);
  }

  /** A comment for proxies; a page hears only events. */
  function beat(): void {
    for (const stream of [...streams])
      stream.write(stream.opening.guard.kind === 'inbox' ? `:\n${textOf(BEAT)}` : ':\n\n');
  }

  async function look(): Promise<void> {
    const guards = new Set([...streams].map(({ opening }) => opening.guard));
    for (const guard of guards) {
      const theirs = [...streams].filter(({ opening }) => opening.guard === guard);
      // Where it cannot be known now, reading is refused to them as to everybody, and they are asked for again.
      const gone = await guard.gone(theirs.map(({ opening }) => opening.ticket)).catch(() => null);
      for (const stream of theirs) {
        if (gone?.has(stream.opening.ticket) !== true) continue;
        if (guard.kind === 'inbox') stream.write(textOf({ event: 'over', data: 'signed-out' }));
        stream.close();
      }
    }
  }

  return {
    open(c, opening) {
      if (draining.aborted) throw new Problem('draining', 'This gateway is shutting down.');
      const { owner } = opening;
      const theirs = [...streams].filter(
        ({ opening: { owner: other } }) => other.tenant === owner.tenant && other.id === owner.id,
      );
      if (theirs.length >= PER_PERSON || streams.size >= IN_ALL) throw tooMany(theirs.length >= PER_PERSON);
      // The body of a HEAD's answer is dropped unread, so nobody would ever end its stream.
      if (c.req.method === 'HEAD') return c.body(null, 200, HEADERS);
      const { outgoing } = { ...c.env };
      let stop = (): void => undefined;
      const body = new ReadableStream<Uint8Array>(
        {
          start(controller) {
            const ends: (() => void)[] = [];
            const state = { isOver: false };
            const over = (): void => {
              state.isOver = true;
              clearTimeout(life);
              remove(stream);
              for (const end of ends.splice(0)) end();
            };
            const stream: Stream = {
              opening,
              write(text) {
                if (state.isOver) return;
                if ((controller.desiredSize ?? 0) > 0) {
                  controller.enqueue(encoder.encode(text));
                  return;
                }
                over(); // it is dropped: what it has not read is kept for nobody
                if (outgoing === undefined) controller.error(new Error('It was not read.'));
                else outgoing.destroy();
              },
              close() {
                if (state.isOver) return;
                over();
                controller.close();
              },
            };
            const life = setTimeout(() => stream.close(), HOUR_MS * (0.9 + Math.random() / 10)).unref();
            stop = over;
            add(stream);
            const [leastMs, moreMs] = RETRY_MS;
            stream.write(`retry: ${Math.round(leastMs + Math.random() * moreMs)}\n\n`);
            if (opening.guard.kind === 'inbox') stream.write(textOf(BEAT));
            const unfollow = opening.follow({
              tell: (told) => stream.write(textOf(told)),
              end: () => stream.close(),
            });
            // What it follows may have been over at once.
            if (state.isOver) unfollow();
            else ends.push(unfollow);
          },
          cancel: () => stop(),
        },
        { highWaterMark: UNREAD },
      );
      return c.body(body, 200, HEADERS);
    },
  };
}

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
  // Kept for a further request, it would outlive the drain by seconds.
  connection: 'close',
};
const BEAT: Told = { event: 'beat', data: '.' };

function textOf({ event, id, data }: Told): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`;
}

function tooMany(isPerson: boolean): Problem {
  const detail = isPerson
    ? 'You follow as much as one person may at a time. Close what you do not need, or read it now and then.'
    : 'This gateway has as many streams as it takes. Read it now and then instead.';
  return new Problem('too-busy', detail, { headers: { 'retry-after': '60' } });
}
