/**
 * For a proxy before a simulator: every call is `call_0`, every request for an approval `mcpr_0`, as at servers that count them anew in
 * each answer. One output answers every call of its id.
 */
export function sameCallIds() {
  const REAL = /"((?:call|mcpr)_[A-Za-z0-9]{20,})"/g;
  const NAMES = ['call_id', 'approval_request_id', 'tool_call_id'] as const;
  /** In the order in which they were shown first; those that have been answered are taken out. */
  const waiting: string[] = [];
  const answered = new Set<string>();

  /** One output for each call that waits, under the id that the simulator knows. */
  function restored(entry: Record<string, unknown>): Record<string, unknown>[] {
    const name = NAMES.find((field) => /^(?:call|mcpr)_0$/.test(String(entry[field])));
    if (name === undefined) return [entry];
    const prefix = String(entry[name]).replace('0', '');
    const ids = waiting.filter((id) => id.startsWith(prefix));
    return ids.map((id) => ({ ...entry, [name]: id }));
  }

  return {
    toServer(text: string): string {
      if (!text.startsWith('{')) return text;
      const body = JSON.parse(text) as Record<string, unknown>;
      for (const field of ['input', 'events', 'tool_outputs']) {
        const list = body[field];
        if (!Array.isArray(list)) continue;
        const entries = list as Record<string, unknown>[];
        // A message begins anew, and what an earlier turn has left is answered no more.
        if (!entries.some((entry) => NAMES.some((name) => name in entry))) waiting.length = 0;
        body[field] = entries.flatMap(restored);
      }
      return JSON.stringify(body);
    },
    /** What a server refuses answers no call: it comes again. */
    taken(text: string): void {
      for (const [, id = ''] of text.matchAll(REAL)) {
        answered.add(id);
        if (waiting.includes(id)) waiting.splice(waiting.indexOf(id), 1);
      }
    },
    toClient(text: string): string {
      for (const [, id = ''] of text.matchAll(REAL))
        if (!answered.has(id) && !waiting.includes(id)) waiting.push(id);
      return text.replaceAll(REAL, (_, id: string) => `"${id.slice(0, id.indexOf('_'))}_0"`);
    },
  };
}
