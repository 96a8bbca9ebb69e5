import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';

/**
 * Requests that leave the process while a tool runs, as Node.js itself tells of them: `fetch` and whatever else is built on undici or on
 * node:http. Only methods that RFC 9110 does not call idempotent count.
 */
const REPEATING = new Set(['POST', 'PATCH']);

type Listener = (what: string) => void;

const running = new AsyncLocalStorage<Listener>();
let isListening = false;

/** Runs it, and tells of what it sends. */
export function listening<T>(onSent: Listener, run: () => T): T {
  if (!isListening) listen();
  return running.run(onSent, run);
}

function listen(): void {
  isListening = true;
  subscribe('undici:request:create', (message) => {
    const { request } = message as { request: { method?: string; origin?: unknown; path?: string } };
    tell(request.method, `${String(request.origin)}${request.path ?? ''}`);
  });
  subscribe('http.client.request.start', (message) => {
    const { request } = message as {
      request: {
        method?: string;
        protocol?: string;
        host?: string;
        path?: string;
        getHeader(name: string): unknown;
      };
    };
    const host = request.getHeader('host') ?? request.host;
    tell(
      request.method,
      `${request.protocol ?? ''}//${typeof host === 'string' ? host : ''}${request.path ?? ''}`,
    );
  });
}

/** Without the query: it may hold secrets. */
function tell(method: string | undefined, url: string): void {
  if (method === undefined || !REPEATING.has(method)) return;
  running.getStore()?.(`${method} ${url.replace(/\?.*$/, '')}`);
}
