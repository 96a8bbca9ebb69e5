import { type OpenAI, toFile } from 'openai';
import { describe, expect, test } from 'vitest';

import { connect, share } from '../support/responses-bench.ts';

const { client: openai } = await share({ latency: { startMs: 0, thinkMs: 20 } });

const TEXTS = { 'cakes.txt': 'Filip likes cake', 'tacos.txt': 'Ada likes tacos', 'none.txt': 'Nothing here' };

async function uploaded(client = openai): Promise<Record<keyof typeof TEXTS, string>> {
  const made = await Promise.all(
    Object.entries(TEXTS).map(async ([name, text]) => {
      const file = await client.files.create({
        purpose: 'assistants',
        file: await toFile(Buffer.from(text), name),
      });
      return [name, file.id] as const;
    }),
  );
  return Object.fromEntries(made) as Record<keyof typeof TEXTS, string>;
}

describe('file batches', () => {
  test('createAndPoll: its files are in the store once it is completed', async () => {
    const ids = await uploaded();
    const { vectorStores } = openai;
    const { id } = await vectorStores.create({});
    const batch = await vectorStores.fileBatches.createAndPoll(
      id,
      { file_ids: Object.values(ids) },
      { pollIntervalMs: 5 },
    );
    expect(batch).toMatchObject({
      object: 'vector_store.file_batch',
      status: 'completed',
      vector_store_id: id,
      file_counts: { in_progress: 0, completed: 3, failed: 0, cancelled: 0, total: 3 },
    });
    const { data } = await vectorStores.fileBatches.listFiles(batch.id, { vector_store_id: id });
    expect(data.map((file) => file.id).sort()).toEqual(Object.values(ids).sort());
    expect((await vectorStores.retrieve(id)).file_counts.completed).toBe(3);
  });

  test('each file may have attributes of its own', async () => {
    const ids = await uploaded();
    const { vectorStores } = openai;
    const { id } = await vectorStores.create({});
    await vectorStores.fileBatches.create(id, {
      files: [{ file_id: ids['cakes.txt'], attributes: { year: 2025 } }, { file_id: ids['tacos.txt'] }],
    });
    expect((await vectorStores.files.retrieve(ids['cakes.txt'], { vector_store_id: id })).attributes).toEqual(
      { year: 2025 },
    );
  });

  test('one that is cancelled leaves its open files cancelled, and cannot be cancelled twice', async () => {
    const { client } = await connect({ latency: { thinkMs: 600_000 } });
    const ids = await uploaded(client);
    const { vectorStores } = client;
    const { id } = await vectorStores.create({});
    const batch = await vectorStores.fileBatches.create(id, { file_ids: Object.values(ids) });
    expect(batch.status).toBe('in_progress');
    const cancelled = await vectorStores.fileBatches.cancel(batch.id, { vector_store_id: id });
    expect(cancelled).toMatchObject({ status: 'cancelled', file_counts: { cancelled: 3, total: 3 } });
    expect((await vectorStores.retrieve(id)).status).toBe('completed');
    await expect(vectorStores.fileBatches.cancel(batch.id, { vector_store_id: id })).rejects.toMatchObject({
      status: 400,
    });
  });

  test('a file that there is not, both lists or none, and a batch of another store are refused', async () => {
    const { vectorStores } = openai;
    const ids = await uploaded();
    const [one, other] = [await vectorStores.create({}), await vectorStores.create({})];
    const create = (body: OpenAI.VectorStores.FileBatchCreateParams) =>
      vectorStores.fileBatches.create(one.id, body);
    await expect(create({ file_ids: ['file-unknown'] })).rejects.toMatchObject({ status: 404 });
    await expect(create({})).rejects.toMatchObject({ status: 400, param: 'file_ids' });
    await expect(
      create({ file_ids: [ids['cakes.txt']], files: [{ file_id: ids['cakes.txt'] }] }),
    ).rejects.toMatchObject({ status: 400 });
    const batch = await create({ file_ids: [ids['cakes.txt']] });
    const elsewhere = vectorStores.fileBatches.retrieve(batch.id, { vector_store_id: other.id });
    await expect(elsewhere).rejects.toMatchObject({ status: 404 });
  });
});

describe('search', () => {
  async function store(): Promise<string> {
    const ids = await uploaded();
    const { id } = await openai.vectorStores.create({});
    await openai.vectorStores.fileBatches.createAndPoll(
      id,
      {
        files: [
          { file_id: ids['cakes.txt'], attributes: { year: 2025, sweet: true } },
          { file_id: ids['tacos.txt'], attributes: { year: 2024 } },
          { file_id: ids['none.txt'], attributes: {} },
        ],
      },
      { pollIntervalMs: 5 },
    );
    return id;
  }
  const found = async (id: string, body: OpenAI.VectorStoreSearchParams) =>
    (await openai.vectorStores.search(id, body)).data.map(({ filename }) => filename);

  test('finds first what holds the most of the question’s words', async () => {
    const id = await store();
    const page = await openai.vectorStores.search(id, { query: 'Who likes cake?' });
    expect(page.data.map(({ filename }) => filename)).toEqual(['cakes.txt', 'tacos.txt', 'none.txt']);
    expect(page.data[0]).toMatchObject({
      attributes: { year: 2025, sweet: true },
      content: [{ type: 'text', text: 'Filip likes cake' }],
    });
    expect(page.data.map(({ score }) => score)).toEqual([2 / 3, 1 / 3, 0]);
    expect(await found(id, { query: ['tacos'], max_num_results: 1 })).toEqual(['tacos.txt']);
    expect(await found(id, { query: 'cake', ranking_options: { score_threshold: 0.5 } })).toEqual([
      'cakes.txt',
    ]);
  });

  test.each<[OpenAI.VectorStoreSearchParams['filters'], string[]]>([
    [{ type: 'eq', key: 'sweet', value: true }, ['cakes.txt']],
    [{ type: 'gte', key: 'year', value: 2024 }, ['cakes.txt', 'tacos.txt']],
    [{ type: 'lt', key: 'year', value: 2025 }, ['tacos.txt']],
    [{ type: 'in', key: 'year', value: [2023, 2024] }, ['tacos.txt']],
    [{ type: 'nin', key: 'year', value: [2024] }, ['cakes.txt', 'none.txt']],
    [
      {
        type: 'or',
        filters: [
          { type: 'eq', key: 'year', value: 2024 },
          { type: 'ne', key: 'year', value: 2025 },
        ],
      },
      ['none.txt', 'tacos.txt'],
    ],
    [
      {
        type: 'and',
        filters: [
          { type: 'gt', key: 'year', value: 2024 },
          { type: 'lte', key: 'year', value: 2024 },
        ],
      },
      [],
    ],
  ])('is filtered by %j', async (filters, names) => {
    expect((await found(await store(), { query: 'anything', filters: filters! })).sort()).toEqual(names);
  });
});
