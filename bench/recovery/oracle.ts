import type { Stage } from '../stage.ts';

interface SeenRequest {
  operation: string | null;
  path: string;
  effect: boolean;
}

/** Forgets the requests so far. */
export async function clearRequests({ simulator }: Stage): Promise<void> {
  await fetch(new URL('/_simulator/requests', simulator), { method: 'DELETE' });
}

/**
 * What the provider was made to do twice since `clearRequests`: runs of one thread, or outputs of one run. Each conversation here
 * has one turn, and each turn one run with at most one round of outputs.
 */
export async function doneTwice({ simulator }: Stage): Promise<string[]> {
  const response = await fetch(new URL('/_simulator/requests', simulator));
  const { requests } = (await response.json()) as { requests: SeenRequest[] };
  const seen = new Set<string>();
  const twice: string[] = [];
  for (const { operation, path, effect } of requests) {
    if (!effect || (operation !== 'runs.create' && operation !== 'runs.submit')) continue;
    const what = `${operation} ${path}`;
    if (seen.has(what)) twice.push(what);
    seen.add(what);
  }
  return twice;
}
