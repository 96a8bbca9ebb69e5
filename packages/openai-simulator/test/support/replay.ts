import { expect } from 'vitest';

import { callsOf, LATENCY, type Bench, type Body } from './bench.ts';

export interface Exchange {
  request: { method: string; path: string; headers: Record<string, string>; body: unknown };
  response: { status: number; body: Recorded };
}

type Fields = Record<string, unknown>;

/** Recorded lists hold runs, whose settings tell how to make one alike. */
type Recorded = Body & RunSettings;

interface RunSettings {
  assistant_id?: string;
  model?: string;
  instructions?: string | null;
  max_completion_tokens?: number | null;
  max_prompt_tokens?: number | null;
}

/** A path into an answer, `*` for any index, and why it may differ there. */
export type Differences = Record<string, string>;

const ID = /^((asst|thread|msg|run|step|call)_\w{24}|file-\w{22}|vs_\w{32})$/;
const IDS = /\b((asst|thread|msg|run|step|call)_\w{24}|file-\w{22}|vs_\w{32})\b/g;

/** Sends a recording to a simulator, with our ids in place of the recorded ones, and compares the answers. */
export class Replay {
  private readonly ours = new Map<string, string>();
  private readonly bench: Bench;
  private readonly explained: Differences;
  private readonly contents: Record<string, string>;

  /** @param contents - of uploaded files by name, where it matters. */
  constructor(bench: Bench, explained: Differences, contents: Record<string, string> = {}) {
    this.contents = contents;
    this.bench = bench;
    this.explained = explained;
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
      if (made.has(id) || this.ours.has(id)) continue;
      if (id.startsWith('thread_') && exchanges.some(({ request }) => request.path.includes(id))) {
        this.ours.set(id, await this.bench.thread());
      }
      if (id.startsWith('file-') && JSON.stringify(posted.map(({ request }) => request)).includes(id)) {
        this.ours.set(id, (await this.bench.upload('recorded.txt', 'recorded')).body.id);
      }
      if (id.startsWith('asst_'))
        this.ours.set(id, await this.bench.assistant(likelySettings(exchanges, id)));
    }
  }

  /** Makes the runs that a list shows and whose creation was not recorded. */
  private async makeRuns(shown: Recorded[]): Promise<void> {
    for (const run of shown.filter(({ id, object }) => object === 'thread.run' && !this.ours.has(id))) {
      const { assistant_id, max_completion_tokens, max_prompt_tokens } = run;
      const body = this.toOurs({ assistant_id, max_completion_tokens, max_prompt_tokens });
      const answer = await this.bench.send('POST', this.toOurs(`/v1/threads/${run.thread_id}/runs`), body);
      this.ours.set(run.id, answer.body.id);
    }
  }

  async exchange({ request, response }: Exchange): Promise<void> {
    const path = this.toOurs(request.path);
    const body = request.body === null ? undefined : this.toOurs(request.body);
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
    this.compare(answer.body, response.body, '', where);
    for (const header of ['date', 'openai-processing-ms', 'openai-version', 'x-request-id']) {
      expect(answer.headers.get(header), header).toBeTruthy();
    }
    expect([...answer.headers.keys()].filter((key) => key.startsWith('x-ratelimit'))).toEqual([]);
  }

  /** Where the recording ran code at OpenAI, functions are called here and answered at once. */
  private async playBuiltInTools(run: Body): Promise<void> {
    const calls = callsOf(run);
    if (!['load', 'plot'].includes(calls[0]?.function.name ?? '')) return;
    const tool_outputs = calls.map(({ id }) => ({ tool_call_id: id, output: 'done' }));
    await this.bench.send('POST', `/v1/threads/${run.thread_id}/runs/${run.id}/submit_tool_outputs`, {
      tool_outputs,
    });
  }

  private toOurs<Value>(value: Value): Value {
    const text = JSON.stringify(value).replaceAll(IDS, (id) => this.ours.get(id) ?? id);
    return JSON.parse(text) as Value;
  }

  private compare(ours: unknown, recorded: unknown, at: string, where: string): void {
    if (this.mayDiffer(at)) return;
    const here = `${where} at ${at || 'the top'}`;
    if (Array.isArray(recorded)) {
      const items: unknown[] = Array.isArray(ours) ? ours : [];
      expect(items, here).toHaveLength(recorded.length);
      recorded.forEach((item, index) => this.compare(items[index], item, join(at, '*'), where));
    } else if (isObject(recorded)) {
      this.compareObjects(isObject(ours) ? ours : {}, recorded, at, where);
    } else if (typeof recorded === 'string' && ID.test(recorded)) {
      if (!this.ours.has(recorded)) this.ours.set(recorded, String(ours));
      expect(ours, here).toBe(this.ours.get(recorded));
    } else if (recorded !== null && /_at$|tokens$|text\.value$/.test(at)) {
      expect(typeof ours, here).toBe(typeof recorded);
    } else {
      expect(ours, here).toEqual(this.toOurs(recorded));
    }
  }

  private compareObjects(ours: Fields, recorded: Fields, at: string, where: string): void {
    const here = `${where} at ${at || 'the top'}`;
    const keys = (value: Fields) => Object.keys(value).filter((key) => !this.mayDiffer(join(at, key)));
    expect(keys(ours).sort(), here).toEqual(keys(recorded).sort());
    for (const key of keys(recorded)) this.compare(ours[key], recorded[key], join(at, key), where);
    if (recorded.object === 'thread.run' && recorded.expires_at !== null) {
      expect(lifetime(ours), here).toBe(lifetime(recorded));
    }
  }

  private mayDiffer(at: string): boolean {
    const last = at.split('.').at(-1) ?? '';
    return at in this.explained || `**.${last}` in this.explained;
  }
}

const join = (at: string, key: string) => (at === '' ? key : `${at}.${key}`);

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const lifetime = ({ created_at, expires_at }: Fields) => Number(expires_at) - Number(created_at);

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
