import { readFileSync } from 'node:fs';

import { expect } from 'vitest';

import { callsOf, LATENCY, type Bench, type Body } from './bench.ts';

export interface Exchange {
  request: { method: string; path: string; headers: Record<string, string>; body: unknown };
  response: {
    status: number;
    headers: Record<string, string>;
    body: Recorded;
    events?: { event: string; data: unknown }[];
  };
}

/** Recorded lists hold runs, whose settings tell how to make one alike. */
type Recorded = Body & {
  model?: string;
  instructions?: string | null;
  max_completion_tokens?: number | null;
  max_prompt_tokens?: number | null;
};

/** @param name - of a file under recordings, without its ending. */
export function recorded(name: string): Exchange[] {
  const source = readFileSync(new URL(`../recordings/${name}.json`, import.meta.url), 'utf8');
  return (JSON.parse(source) as { exchanges: Exchange[] }).exchanges;
}

export const IDS =
  /\b(?:asst|thread|run|step|resp|conv|msg|fc|mcpl?|mcpr|call)_\w{24,50}\b|\bfile-\w{22}\b|\bvs_\w{32}\b|\bchatcmpl-\w{29}\b/g;
const isId = (value: unknown) => typeof value === 'string' && value.match(IDS)?.[0] === value;
const kindOf = (id: unknown) => String(id).replace(/[_-].*/, '');

/** Our ids in place of the recorded ones. */
export class Ids {
  private readonly ours = new Map<string, string>();

  has = (recorded: string): boolean => this.ours.has(recorded);

  set(recorded: string, ours: string): void {
    this.ours.set(recorded, ours);
  }

  toOurs<Value>(value: Value): Value {
    return JSON.parse(JSON.stringify(value).replaceAll(IDS, (id) => this.ours.get(id) ?? id)) as Value;
  }

  /** Pairs the ids of two bodies by the fields in which they stand. */
  note(recorded: unknown, ours: unknown): void {
    const got = new Map(flat(ours));
    for (const [path, value] of flat(recorded))
      if (isId(value) && isId(got.get(path)) && !this.has(value as string))
        this.set(value as string, got.get(path) as string);
  }
}

/** A path into an answer, `*` for any index, `**.` for a field anywhere, and why it may differ there. */
export type Differences = Record<string, string>;

/** Of which only the type is compared. */
const OWN = /_at$|tokens$|text\.value$|(?:^|\.)usage\.|^(?:created|system_fingerprint)$/;

/** Sends a recording to a simulator, with our ids in place of the recorded ones, and compares the answers. */
export class Replay {
  private readonly ids = new Ids();
  private readonly bench: Bench;
  private readonly explained: string[];
  private readonly contents: Record<string, string>;

  /** @param contents - of uploaded files by name, where it matters. */
  constructor(bench: Bench, explained: Differences, contents: Record<string, string> = {}) {
    this.contents = contents;
    this.bench = bench;
    this.explained = Object.keys(explained);
  }

  /** Makes what the recording presumes: assistants, threads and runs whose creation it does not show. */
  async prepare(exchanges: Exchange[]): Promise<void> {
    const posted = exchanges.filter(({ request }) => request.method === 'POST');
    const made = new Set(
      posted.flatMap(({ request, response: { body } }) =>
        request.path === '/v1/threads/runs' ? [body.id, body.thread_id] : [body.id],
      ),
    );
    const text = exchanges.map(({ request, response }) =>
      JSON.stringify([request.path, request.body, response.body]),
    );
    for (const [id] of text.join('').matchAll(IDS)) {
      if (made.has(id) || this.ids.has(id)) continue;
      if (id.startsWith('thread_') && exchanges.some(({ request }) => request.path.includes(id)))
        this.ids.set(id, await this.bench.thread());
      if (id.startsWith('file-') && JSON.stringify(posted.map(({ request }) => request)).includes(id))
        this.ids.set(id, (await this.bench.upload('recorded.txt', 'recorded')).body.id);
      if (id.startsWith('asst_')) this.ids.set(id, await this.bench.assistant(likelySettings(exchanges, id)));
    }
  }

  /** Makes the runs that a list shows and whose creation was not recorded. */
  private async makeRuns(shown: Recorded[]): Promise<void> {
    for (const run of shown.filter(({ id, object }) => object === 'thread.run' && !this.ids.has(id))) {
      const { assistant_id, max_completion_tokens, max_prompt_tokens } = run;
      const body = this.ids.toOurs({ assistant_id, max_completion_tokens, max_prompt_tokens });
      const path = this.ids.toOurs(`/v1/threads/${run.thread_id}/runs`);
      this.ids.set(run.id, (await this.bench.send('POST', path, body)).body.id);
    }
  }

  async exchange({ request, response }: Exchange): Promise<void> {
    const path = this.ids.toOurs(request.path);
    const body = request.body === null ? undefined : this.ids.toOurs(request.body);
    // A cancel and a refused submit came about a second after the creation, when the run was in progress.
    const isLater =
      path.endsWith('/cancel') || (path.endsWith('/submit_tool_outputs') && response.status === 400);
    if (isLater) this.bench.pass(LATENCY.startMs);
    if (request.method === 'GET') await this.makeRuns(isList(response.body) ? response.body.data : []);
    let answer =
      path === '/v1/files'
        ? await this.bench.upload(
            response.body.filename,
            this.contents[response.body.filename] ?? 'x'.repeat(response.body.bytes),
          )
        : await this.bench.send(request.method, path, body);
    for (
      let tries = 0;
      request.method === 'GET' && shape(answer.body) !== shape(response.body) && tries < 60;
      tries++
    ) {
      this.bench.pass(250);
      await this.playBuiltInTools(answer.body);
      answer = await this.bench.send(request.method, path, body);
    }
    const where = `${request.method} ${request.path}`;
    expect(answer.status, where).toBe(response.status);
    this.compare(answer.body, response.body, where);
    for (const header of ['date', 'openai-processing-ms', 'openai-version', 'x-request-id'])
      expect(answer.headers.get(header), header).toBeTruthy();
    // 17 of 26 plain responses show the limits, so they may be missing in a recording, and nowhere else.
    const limits = (keys: string[]) => keys.filter((key) => key.startsWith('x-ratelimit-')).sort();
    const [shown, expected] = [limits([...answer.headers.keys()]), limits(Object.keys(response.headers))];
    const mayLack = response.body.object === 'response' && expected.length === 0;
    if (!mayLack) expect(shown, where).toEqual(expected);
  }

  /** Where the recording ran code at OpenAI, functions are called here and answered at once. */
  private async playBuiltInTools(run: Body): Promise<void> {
    const calls = callsOf(run);
    if (!['load', 'plot'].includes(calls[0]?.function.name ?? '')) return;
    const tool_outputs = calls.map(({ id }) => ({ tool_call_id: id, output: 'done' }));
    const path = `/v1/threads/${run.thread_id}/runs/${run.id}/submit_tool_outputs`;
    await this.bench.send('POST', path, { tool_outputs });
  }

  private compare(ours: Body, recorded: Recorded, where: string): void {
    const kept = (body: object) => flat(body).filter(([path]) => !this.mayDiffer(path));
    // A key that was struck out has a word in its place.
    const got = new Map(kept(JSON.parse(JSON.stringify(ours).replace('********', 'REDACTED')) as Body));
    const expected = kept(withoutThoughts(recorded));
    // These name the model with its date; here it is named as it was asked for.
    const isDated = ['chat.completion', 'response'].includes(recorded.object);
    expect([...got.keys()].sort(), where).toEqual(expected.map(([path]) => path).sort());
    for (const [path, value] of expected) {
      const at = `${where} at ${path}`;
      const mine = got.get(path);
      if (isId(value)) {
        expect([isId(mine), kindOf(mine)], at).toEqual([true, kindOf(value)]);
        if (!this.ids.has(value as string)) this.ids.set(value as string, String(mine));
        expect(mine, at).toBe(this.ids.toOurs(value));
      } else if (value !== null && (OWN.test(path) || (path === 'model' && isDated))) {
        expect(typeof mine, at).toBe(typeof value);
      } else {
        expect(mine, at).toEqual(this.ids.toOurs(value));
      }
    }
    const runs = (body: Body) => (isList(body) ? body.data : [body]).filter(isRunThatEnds);
    expect(runs(ours).map(lifetime), where).toEqual(runs(recorded).map(lifetime));
  }

  private mayDiffer(path: string): boolean {
    const at = path.replaceAll(/\b\d+\b/g, '*');
    return this.explained.some((known) =>
      known.startsWith('**.')
        ? at.split('.').includes(known.slice(3))
        : at === known || at.startsWith(`${known}.`),
    );
  }
}

/** Models that think show it by an item of its own. */
function withoutThoughts(body: Recorded): object {
  const { output } = body as Partial<Recorded>;
  const isThought = (item: object) => 'type' in item && item.type === 'reasoning';
  return output === undefined ? body : { ...body, output: output.filter((item) => !isThought(item)) };
}

const isRunThatEnds = ({ object, expires_at }: Body) =>
  object === 'thread.run' && Number.isInteger(expires_at);
const lifetime = ({ created_at, expires_at }: Body) => expires_at - created_at;

/** Every value of a body that holds no other, by its path. */
function flat(value: unknown, at = ''): [path: string, value: unknown][] {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return [[at, value]];
  return Object.entries(value).flatMap(([key, inner]) => flat(inner, at === '' ? key : `${at}.${key}`));
}

/** What tells one state of an object or list from another. */
function shape(body: Body): string {
  const items = isList(body) ? body.data : [body];
  return JSON.stringify(items.map(({ status, role, object }) => [status, role, object]));
}

const isList = ({ object }: Body) => object === 'list';

function likelySettings(exchanges: Exchange[], id: string): object {
  const bodies = exchanges.flatMap(({ response: { body } }): Recorded[] =>
    isList(body) ? body.data : [body],
  );
  const run = bodies.find((body) => body.assistant_id === id && body.object === 'thread.run');
  const isV1 = exchanges[0]?.request.headers['openai-beta'] === 'assistants=v1';
  if (run === undefined) return {};
  return { model: run.model, instructions: run.instructions ?? (isV1 ? 'v1 needed none' : null) };
}
