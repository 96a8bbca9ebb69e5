import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import type { Simulator } from '../../src/app.ts';
import { createBench, HEADERS, type Bench } from '../support/bench.ts';
import { expectDescribed } from '../support/description.ts';

/** The bytes of a file, or what is said in their place. */
async function download(simulator: Simulator, id: string): Promise<{ status: number; text: string }> {
  const { 'content-type': _, ...headers } = HEADERS;
  const response = await simulator.request(`/v1/files/${id}/content`, { headers });
  return { status: response.status, text: await response.text() };
}

const ids = (bodies: { id: string }[]) => bodies.map(({ id }) => id);

describe('files', () => {
  test('are uploaded, listed, shown and deleted in the described shapes', async () => {
    const bench = createBench({}, expectDescribed);
    const { body: file } = await bench.upload('notes.txt', 'Hällo');
    expect(file).toMatchObject({ object: 'file', filename: 'notes.txt', bytes: 6, purpose: 'assistants' });
    expect(file.id).toMatch(/^file-\w{22}$/);
    const { body: other } = await bench.upload('more.jsonl', '{}', 'batch');
    const list = (await bench.send('GET', '/v1/files')).body;
    expect(ids(list.data)).toEqual([other.id, file.id]);
    expect(ids((await bench.send('GET', '/v1/files?purpose=assistants')).body.data)).toEqual([file.id]);
    expect(ids((await bench.send('GET', `/v1/files?after=${other.id}`)).body.data)).toEqual([file.id]);
    expect((await bench.send('GET', `/v1/files/${file.id}`)).body).toEqual(file);
    expect((await bench.send('DELETE', `/v1/files/${file.id}`)).status).toBe(200);
    for (const [method, path] of [
      ['GET', `/v1/files/${file.id}`],
      ['GET', `/v1/files/${file.id}/content`],
      ['DELETE', `/v1/files/${file.id}`],
    ] as const) {
      const answer = await bench.send(method, path);
      expect(answer).toMatchObject({
        status: 404,
        body: { error: { message: `No such File object: ${file.id}` } },
      });
    }
  });

  test('uploaded for assistants cannot be had back; others can', async () => {
    const bench = createBench();
    const mine = (await bench.upload('a.txt', 'secret')).body.id;
    expect(await download(bench.simulator, mine)).toMatchObject({
      status: 400,
      text: expect.stringContaining('Not allowed to download files of purpose: assistants') as string,
    });
    const other = (await bench.upload('a.jsonl', '{"a":1}', 'batch')).body.id;
    expect(await download(bench.simulator, other)).toEqual({ status: 200, text: '{"a":1}' });
  });

  test('that are too large, empty or no files are refused', async () => {
    const bench = createBench({ maximumFileBytes: 10 });
    expect(await bench.upload('a.txt', 'x'.repeat(11))).toMatchObject({
      status: 413,
      body: { error: { message: 'Maximum content size limit (10) exceeded (11 bytes read)' } },
    });
    expect((await bench.upload('a.txt', '')).status).toBe(400);
    expect(await bench.upload('a.txt', 'x', 'world domination')).toMatchObject({
      status: 400,
      body: { error: { param: 'purpose' } },
    });
    expect(await bench.send('POST', '/v1/files', { purpose: 'assistants' })).toMatchObject({ status: 400 });
    expect((await bench.send('GET', '/v1/files')).body.data).toEqual([]);
  });

  test('are noted in the list of requests by name and size, not by content', async () => {
    const bench = createBench();
    await bench.upload('a.txt', 'private');
    const { requests } = (await bench.send('GET', '/_simulator/requests')).body;
    expect(requests[0]).toMatchObject({
      operation: 'files.create',
      effect: true,
      body: { purpose: 'assistants', file: { filename: 'a.txt', bytes: 7 } },
    });
  });
});

describe('vector stores', () => {
  test('process their files and forget them', async () => {
    const bench = createBench({}, expectDescribed);
    const fileId = (await bench.upload('a.txt', 'words')).body.id;
    const created = (await bench.send('POST', '/v1/vector_stores', { name: 'kb', file_ids: [fileId] })).body;
    expect(created).toMatchObject({ status: 'in_progress', file_counts: { in_progress: 1, total: 1 } });
    const path = `/v1/vector_stores/${created.id}`;
    expect((await bench.send('GET', `${path}/files/${fileId}`)).status).toBe(200);
    bench.pass(2_000);
    expect((await bench.send('GET', path)).body).toMatchObject({
      status: 'completed',
      usage_bytes: 5,
      file_counts: { completed: 1 },
    });
    const list = (await bench.send('GET', `${path}/files?filter=completed`)).body;
    expect(ids(list.data)).toEqual([fileId]);
    expect((await bench.send('GET', '/v1/vector_stores')).status).toBe(200);
    // A file that is deleted is in no store any more.
    await bench.send('DELETE', `/v1/files/${fileId}`);
    expect((await bench.send('GET', `${path}/files`)).body.data).toEqual([]);
    const again = (await bench.upload('b.txt', 'words')).body.id;
    await bench.send('POST', `${path}/files`, { file_id: again });
    expect((await bench.send('DELETE', `${path}/files/${again}`)).status).toBe(200);
    expect((await bench.send('GET', `/v1/files/${again}`)).status).toBe(200);
    expect((await bench.send('DELETE', path)).status).toBe(200);
    expect((await bench.send('GET', path)).status).toBe(404);
  });

  test('and files that there are not are refused wherever they are named, and nothing is kept', async () => {
    const bench = createBench();
    const threadId = await bench.thread();
    const assistant_id = await bench.assistant({ instructions: 'Help.' });
    const attached = (file_id: string) => [
      { role: 'user', content: 'hi', attachments: [{ file_id, tools: [{ type: 'file_search' }] }] },
    ];
    const runs = `/v1/threads/${threadId}/runs`;
    const refused = [
      await bench.send('POST', '/v1/vector_stores', { file_ids: ['file-x'] }),
      await bench.send('POST', '/v1/threads', { messages: attached('file-x') }),
      await bench.send('POST', `/v1/threads/${threadId}/messages`, attached('file-x')[0]),
      await bench.send('POST', runs, { assistant_id, additional_messages: attached('file-x') }),
      await bench.send('POST', '/v1/assistants', {
        model: 'm',
        tool_resources: { file_search: { vector_store_ids: ['vs_x'] } },
      }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    const odd = await bench.send('POST', runs, { assistant_id, additional_messages: attached('x') });
    expect(odd).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining("begins with 'file'") as string } },
    });
    expect((await bench.send('GET', `/v1/threads/${threadId}/messages`)).body.data).toEqual([]);
    expect((await bench.send('GET', '/v1/vector_stores')).body.data).toEqual([]);
    expect((await bench.send('GET', runs)).body.data).toEqual([]);
  });
});

const SCENARIO = {
  rules: [
    {
      when: ['plot'],
      builtIn: [
        { fileSearch: {} },
        {
          codeInterpreter: {
            input: 'plot()',
            logs: '2 rows',
            files: [
              { name: 'rows.csv', text: 'a,b\n1,2\n' },
              { name: 'plot.png', text: 'PNG', isImage: true },
            ],
          },
        },
      ],
      rounds: [{ calls: [{ tool: 'act' }] }],
      reply: '😀 See sandbox:/mnt/data/rows.csv 【4:0†source】',
      annotations: [
        { mark: 'sandbox:/mnt/data/rows.csv', path: 'rows.csv' },
        { mark: '【4:0†source】', cites: 'data.txt' },
        { mark: 'nowhere', cites: 'file-gone', at: [900, 901] as [number, number] },
      ],
    },
  ],
};
const TOOLS = [
  { type: 'code_interpreter' },
  { type: 'file_search' },
  { type: 'function', function: { name: 'act' } },
];

/** A run with an attachment, up to its end. */
async function plotted(bench: Bench, tools = TOOLS) {
  const fileId = (await bench.upload('data.txt', 'Rows of data.')).body.id;
  const threadId = await bench.thread();
  const assistantId = await bench.assistant({ tools });
  const message = {
    role: 'user',
    content: 'plot it',
    attachments: [{ file_id: fileId, tools: TOOLS.slice(0, 2) }],
  };
  await bench.send('POST', `/v1/threads/${threadId}/messages`, message);
  const run = await bench.run('plot it', { threadId, assistantId });
  await run.until('requires_action');
  await run.submit({ act: 'done' });
  await run.until('completed');
  return { run, fileId, threadId };
}

describe('built-in tools', () => {
  test('make steps beside those of functions, and files that can be downloaded', async () => {
    const bench = createBench({ scenario: SCENARIO }, expectDescribed);
    const { run, fileId, threadId } = await plotted(bench);
    const steps = (await bench.send('GET', `${run.path}/steps?order=asc`)).body.data as unknown as {
      status: string;
      step_details: { tool_calls?: { type: string }[] };
    }[];
    const types = steps.map(({ step_details }) => step_details.tool_calls?.[0]?.type ?? 'message');
    expect(types).toEqual(['file_search', 'code_interpreter', 'function', 'message']);
    // The content of what was found is shown to who asks for it.
    expect(JSON.stringify(steps)).not.toContain('Rows of data.');
    const include = 'step_details.tool_calls[*].file_search.results[*].content';
    const full = await bench.send('GET', `${run.path}/steps?include[]=${encodeURIComponent(include)}`);
    expect(JSON.stringify(full.body)).toContain('Rows of data.');

    const message = (await bench.send('GET', `/v1/threads/${threadId}/messages?run_id=${run.id}`)).body
      .data[0]! as unknown as {
      content: { type: string; text: { value: string; annotations: Record<string, unknown>[] } }[];
    };
    expect(message.content.map(({ type }) => type)).toEqual(['image_file', 'text']);
    const { value, annotations } = message.content[1]!.text;
    const [path, citation, nowhere] = annotations as unknown as {
      text: string;
      start_index: number;
      end_index: number;
      file_path: { file_id: string };
      file_citation: { file_id: string };
    }[];
    // Characters as Python counts them: the smiling face is one.
    expect(Array.from(value).slice(path!.start_index, path!.end_index).join('')).toBe(path!.text);
    expect(citation!.file_citation.file_id).toBe(fileId);
    expect(nowhere).toMatchObject({
      start_index: 900,
      end_index: 901,
      file_citation: { file_id: 'file-gone' },
    });
    expect(await download(bench.simulator, path!.file_path.file_id)).toEqual({
      status: 200,
      text: 'a,b\n1,2\n',
    });
    const made = (await bench.send('GET', `/v1/files/${path!.file_path.file_id}`)).body;
    expect(made).toMatchObject({ purpose: 'assistants_output', filename: '/mnt/data/rows.csv', bytes: 8 });
  });

  test('leave steps with the fields of the recorded ones', async () => {
    const bench = createBench({ scenario: SCENARIO });
    const { run } = await plotted(bench);
    const ours = (await bench.send('GET', `${run.path}/steps`)).body.data;
    const recording = new URL('../recordings/assistants/run-steps-code-interpreter.json', import.meta.url);
    const { exchanges } = JSON.parse(readFileSync(recording, 'utf8')) as {
      exchanges: { request: { path: string }; response: { body: { data: object[] } } }[];
    };
    const theirs = exchanges.find(({ request }) => request.path.includes('/steps'))!.response.body.data;
    const codeStep = (steps: object[]) =>
      steps.find((step) => /"outputs":\[\{"type":"(logs|image)"/.test(JSON.stringify(step)))!;
    const shape = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.slice(-1).map(shape)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shape(item)]))
          : typeof value;
    expect(shape(codeStep(ours))).toEqual(shape(codeStep(theirs)));
  });

  test('are not used by a run that does not have them', async () => {
    const bench = createBench({ scenario: SCENARIO });
    const { run } = await plotted(bench, TOOLS.slice(2));
    const steps = (await bench.send('GET', `${run.path}/steps`)).body.data;
    expect(steps).toHaveLength(2);
  });

  test('reach a file that came with the very message', async () => {
    const bench = createBench({ scenario: SCENARIO });
    const file_id = (await bench.upload('data.txt', 'x')).body.id;
    const assistant_id = await bench.assistant({ tools: TOOLS });
    const additional_messages = [
      { role: 'user', content: 'plot it', attachments: [{ file_id, tools: [{ type: 'file_search' }] }] },
    ];
    const threadId = await bench.thread();
    const run = (
      await bench.send('POST', `/v1/threads/${threadId}/runs`, { assistant_id, additional_messages })
    ).body;
    bench.pass(10_000);
    const steps = (await bench.send('GET', `/v1/threads/${threadId}/runs/${run.id}/steps`)).body;
    expect(JSON.stringify(steps)).toContain(file_id);
  });
});

test('files, stores and what runs have made survive a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'simulator-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const stateFile = join(folder, 'state.jsonl');
  const first = createBench({ stateFile, scenario: SCENARIO });
  const { run, threadId } = await plotted(first);
  const uploaded = (await first.upload('b.jsonl', '{"b":1}', 'batch')).body.id;
  const dropped = (await first.upload('c.txt', 'gone')).body.id;
  await first.send('DELETE', `/v1/files/${dropped}`);
  const messages = (await first.send('GET', `/v1/threads/${threadId}/messages`)).body;
  const files = (await first.send('GET', '/v1/files')).body;
  first.simulator.close();

  const second = createBench({ stateFile, scenario: SCENARIO });
  onTestFinished(() => second.simulator.close());
  expect((await second.send('GET', `/v1/threads/${threadId}/messages`)).body).toEqual(messages);
  expect((await second.send('GET', '/v1/files')).body).toEqual(files);
  expect(await download(second.simulator, uploaded)).toEqual({ status: 200, text: '{"b":1}' });
  expect((await second.send('GET', `${run.path}/steps`)).body.data).toHaveLength(4);
  // What was deleted is on no disk.
  expect(readdirSync(`${stateFile}.files`)).not.toContain(dropped);
});
