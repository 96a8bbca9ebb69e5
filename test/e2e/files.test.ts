import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

import { createApiKey, startGateway, type RunningGateway } from '../../src/gateway/app.ts';
import { allow, defineApp, defineAssistant, defineTool } from '../../src/index.ts';
import { createFileStore } from '../../src/providers/files.ts';
import { temporalAddress } from '../setup/temporal.ts';
import { runHere } from '../support/cli-here.ts';
import { testFolder } from '../support/folder.ts';
import { startWorld, TENANT, type World } from '../support/world.ts';

/** Files in and out through a real gateway, a real worker and the simulator. */

const MAXIMUM_BYTES = 1_000;
const SECRET = 'a session secret of more than 32 characters';
const MARK = '【4:0†source】';

const tools = [
  defineTool({
    ...{ name: 'note', description: 'Note it.', parameters: z.strictObject({}), policy: allow() },
    effect: 'idempotent',
    execute: () => 'noted',
  }),
];
const common = { model: 'gpt-test', instructions: 'Help.', tools };
const app = defineApp({
  assistants: [
    defineAssistant({ ...common, name: 'reader', builtInTools: { codeInterpreter: true, fileSearch: true } }),
    defineAssistant({ ...common, name: 'plain' }),
  ],
});
const scenario = {
  rules: [
    {
      when: ['summarise'],
      builtIn: [
        { fileSearch: {} },
        { codeInterpreter: { input: 'sum()', files: [{ name: 'sums ü.csv', text: '<script>1</script>' }] } },
      ],
      rounds: [{ calls: [{ tool: 'note' }] }],
      reply: `It says 42${MARK}, see [sums](sandbox:/mnt/data/x.csv) and 【9†lost】.`,
      annotations: [
        { mark: MARK, cites: 'data.txt' },
        { mark: 'sandbox:/mnt/data/x.csv', path: 'sums ü.csv' },
        { mark: '【9†lost】', cites: 'file-that-is-gone' },
      ],
    },
  ],
};

let world: World;
let gateway: RunningGateway;
const mine = createApiKey({ name: 'shop', tenant: TENANT, scopes: ['turns:write'] });
const theirs = createApiKey({ name: 'rival', tenant: 'globex', scopes: ['turns:write'] });
const reader = createApiKey({ name: 'eye', tenant: TENANT, scopes: ['approvals:read'] });

beforeAll(async () => {
  world = await startWorld({ app, name: 'files', simulator: { scenario } });
  gateway = await startGateway({
    deps: {
      client: world.client,
      apiKeys: [mine.entry, theirs.entry, reader.entry],
      webhookSources: [],
      sessionSecret: SECRET,
      log: () => undefined,
      files: createFileStore({ apiKey: 'test-key', baseURL: world.provider }),
      maximumFileBytes: MAXIMUM_BYTES,
    },
    host: '127.0.0.1',
    port: 0,
  });
});
afterAll(async () => {
  await gateway.close();
  await world.stop();
});

function ask(path: string, init: RequestInit = {}, key = mine.key): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${key}`);
  return fetch(`${gateway.url}${path}`, { ...init, headers });
}

/** What somebody else with the provider's key does there. */
const atProvider = (path: string, method = 'GET') =>
  fetch(`${world.provider}/${path}`, { method, headers: { authorization: 'Bearer x' } });

function form(
  file: File | string = new File(['The sum is 42.'], 'data.txt'),
  more: Record<string, string> = {},
) {
  const body = new FormData();
  body.set('file', file);
  for (const [name, value] of Object.entries(more)) body.set(name, value);
  return { method: 'POST', body };
}

async function upload(): Promise<string> {
  const response = await ask('/v1/files', form());
  expect(response.status).toBe(201);
  return ((await response.json()) as { fileId: string }).fileId;
}

interface Shown {
  turnId: string;
  status: string;
  reply: string;
  citations: { number: number; kind: string; fileId: string; filename: string | null }[];
  failure: { type: string; message: string };
}

const start = (conversationId: string, body: object, key = mine.key) =>
  ask(
    `/v1/conversations/${conversationId}/turns`,
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
    key,
  );

async function ended(started: Response): Promise<Shown> {
  const { turnId } = (await started.json()) as Shown;
  await world.end(turnId);
  return (await (await ask(`/v1/turns/${turnId}`)).json()) as Shown;
}

test('a file goes up with a message, is cited, and what was made of it comes down', async () => {
  const fileId = await upload();
  expect(fileId).toMatch(/^cf_/);
  const turn = await ended(
    await start('sums', { message: 'summarise', assistant: 'reader', attachments: [{ fileId }] }),
  );
  expect(turn).toMatchObject({ status: 'completed' });
  expect(turn.reply).toBe(
    'It says 42[1], see [sums][2] and [3].\n\n[1] data.txt\n[2] sums ü.csv (made by the assistant)\n[3] a file that is not there any more',
  );
  expect(turn.citations.map(({ number, kind, filename }) => [number, kind, filename])).toEqual([
    [1, 'file_citation', 'data.txt'],
    [2, 'file_path', 'sums ü.csv'],
    [3, 'file_citation', null],
  ]);
  // The message and its file travelled in the one create call, for every built-in tool of the assistant.
  const [created] = await world.requests('runs.create');
  const { additional_messages } = created!.body as { additional_messages: { attachments: object[] }[] };
  expect(additional_messages[0]!.attachments).toMatchObject([
    { tools: [{ type: 'code_interpreter' }, { type: 'file_search' }] },
  ]);
  expect((await world.requests('files.retrieve')).length).toBeLessThanOrEqual(4); // attached, and each name once

  const made = turn.citations[1]!.fileId;
  const download = await ask(`/v1/files/${made}/content`);
  expect(await download.text()).toBe('<script>1</script>');
  expect(Object.fromEntries(download.headers)).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="sums _.csv"; filename*=UTF-8''sums%20%C3%BC.csv`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'no-store',
  });

  const { messages } = (await (await ask('/v1/conversations/sums/messages')).json()) as {
    messages: { role: string; citations?: object[] }[];
  };
  expect(messages.find(({ role }) => role === 'assistant')?.citations).toEqual(turn.citations);

  // Another tenant has no use for either id; a source is no right to all of it.
  const foreign = await start(
    'theirs',
    { message: 'summarise', attachments: [{ fileId }, { fileId: made }] },
    theirs.key,
  );
  expect(await foreign.json()).toMatchObject({
    status: 422,
    errors: [{ field: 'attachments.0.fileId' }, { field: 'attachments.1.fileId' }],
  });
  expect((await ask(`/v1/files/${made}/content`, {}, theirs.key)).status).toBe(404);
  const cited = turn.citations[0]!.fileId;
  expect((await ask(`/v1/files/${cited}/content`)).status).toBe(403);
  const attached = await start('sums', { message: 'summarise', attachments: [{ fileId: cited }] });
  expect(await attached.json()).toMatchObject({ status: 422, errors: [{ field: 'attachments.0.fileId' }] });
  // What was uploaded OpenAI does not give back.
  expect(await (await ask(`/v1/files/${fileId}/content`)).json()).toMatchObject({
    type: 'urn:countersign:problem:file-not-downloadable',
  });
  // What the assistant made may be attached again, and is gone once the provider has deleted it.
  const provider = (await world.requests('files.content'))[0]!.path.split('/').at(-2);
  await atProvider(`files/${provider}`, 'DELETE');
  expect((await ask(`/v1/files/${made}/content`)).status).toBe(404);
}, 180_000);

describe('a turn with an attachment that cannot be read fails before anything is sent', () => {
  test('because the provider does not have the file any more', async () => {
    const fileId = await upload();
    const { data } = (await (await atProvider('files')).json()) as { data: { id: string }[] };
    await atProvider(`files/${data[0]!.id}`, 'DELETE');
    const before = (await world.requests('runs.create')).length;
    const turn = await ended(await start('gone', { message: 'summarise', attachments: [{ fileId }] }));
    expect(turn).toMatchObject({ status: 'failed', failure: { type: 'Attachment.NotFound' } });
    expect(turn.failure.message).toMatch(/attachments\[0\]\.fileId .*Upload the file again/);
    expect((await world.requests('runs.create')).length).toBe(before);
  });

  test('because the assistant has no tool for it', async () => {
    const fileId = await upload();
    const turn = await ended(
      await start('plain', { message: 'summarise', assistant: 'plain', attachments: [{ fileId }] }),
    );
    expect(turn).toMatchObject({ status: 'failed', failure: { type: 'Attachment.NoTool' } });
    expect(turn.failure.message).toContain('"plain"');
  });
});

describe('what cannot be taken is refused with its reason, and nothing reaches the provider', () => {
  const fileOf = (bytes: number) => new File(['x'.repeat(bytes)], 'a.txt');
  const posted = (body: string, type: string) => ({
    method: 'POST',
    body,
    headers: { 'content-type': type },
  });
  const problem = async (response: Response) => (await response.json()) as { status: number; detail: string };

  test.each([
    ['too large', form(fileOf(MAXIMUM_BYTES + 1)), 413, /1,001 bytes, at most 1,000/],
    ['far too large', form(fileOf(200_000)), 413, /66,536 bytes; this one has 2/],
    ['empty', form(fileOf(0)), 422, /file is empty/],
    ['no file', form('just text'), 422, /file has no file name/],
    ['a purpose of its own', form(undefined, { purpose: 'batch' }), 422, /purpose must be "assistants"/],
    ['an unknown part', form(undefined, { colour: 'red' }), 422, /colour is not a known part/],
    ['no form', posted('{}', 'application/json'), 415, /multipart/],
    ['a broken form', posted('xx', 'multipart/form-data; boundary=b'), 422, /not a valid form/],
  ])('an upload that is %s', async (_, init, status, detail) => {
    const before = (await world.requests('files.create')).length;
    const answer = await problem(await ask('/v1/files', init));
    expect(answer.status).toBe(status);
    expect(answer.detail).toMatch(detail);
    expect((await world.requests('files.create')).length).toBe(before);
  });

  test.each([
    ['eleven of them', Array.from({ length: 11 }, (_, index) => ({ fileId: `cf_${index}` })), 413],
    ['the same twice', [{ fileId: 'cf_a' }, { fileId: 'cf_a' }], 422],
    ['an unknown tool', [{ fileId: 'cf_a', tools: ['rm'] }], 422],
    ["the provider's own id", [{ fileId: 'file-abc' }], 422],
    [
      'a forged id',
      [{ fileId: `cf_${Buffer.from('file-abc').toString('base64url')}.own.${'A'.repeat(43)}` }],
      422,
    ],
  ])('attachments: %s', async (_, attachments, status) => {
    expect((await start('bad', { message: 'hi', attachments })).status).toBe(status);
  });

  test('a key without the scope', async () => {
    expect((await ask('/v1/files', form(), reader.key)).status).toBe(403);
  });

  test('an upload while the provider fails', async () => {
    await world.control('faults', {
      match: { operation: 'files.create' },
      fault: { type: 'status', status: 503 },
    });
    expect((await ask('/v1/files', form())).status).toBe(503);
  });
});

test('names that cannot be read cost the reply nothing but the names', async () => {
  await world.control('faults', {
    match: { operation: 'files.retrieve' },
    fault: { type: 'status', status: 500 },
    times: 20,
  });
  const turn = await ended(await start('unnamed', { message: 'summarise', assistant: 'reader' }));
  await fetch(new URL('/_simulator/faults', world.provider), { method: 'DELETE' });
  expect(turn).toMatchObject({ status: 'completed' });
  expect(turn.reply).toContain('[2] a file whose name could not be read');
});

describe('countersign turn --attach', () => {
  const folder = testFolder();
  beforeAll(() => writeFile(join(folder, 'data.txt'), 'The sum is 42.'));
  const turn = (...more: string[]) =>
    runHere(['turn', 'summarise', '--tenant', TENANT, '--assistant', 'reader', '--wait', '40', ...more], {
      cwd: folder,
      env: {
        TEMPORAL_ADDRESS: temporalAddress(),
        COUNTERSIGN_TASK_QUEUE: world.taskQueue,
        OPENAI_API_KEY: 'test-key',
        OPENAI_BASE_URL: world.provider,
      },
    });

  test('sends the file, and names those that the reply cites', async () => {
    const { code, stdout, stderr } = await turn('--attach', 'data.txt');
    expect(stderr).toBe('');
    expect(stdout).toContain('[1] data.txt');
    expect(stdout).toMatch(/\[2\] is file-\S+ at the provider/);
    expect(code).toBe(0);
  });

  test.each([
    ['that is not there', ['nowhere.txt'], 'nowhere.txt cannot be read (ENOENT)'],
    ['too many times', Array.from({ length: 11 }, () => 'data.txt'), 'at most 10'],
  ])('refuses a file %s before a turn is begun', async (_what, files, words) => {
    const before = (await world.requests('files.create')).length;
    const { code, stdout, stderr } = await turn('--attach', ...files);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain('    at ');
    expect([code, stdout]).toEqual([2, '']);
    expect(await world.requests('files.create')).toHaveLength(before);
  });
});
