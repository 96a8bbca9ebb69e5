import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';

import { listed } from '../../../src/providers/readable.ts';

/** The official client, with a server that answers every request so. */
function served(answer: (asked: URL) => { type?: string; body: string }): OpenAI {
  const fetch = (url: string | URL | Request) => {
    const { type = 'application/json', body } = answer(new URL(url instanceof Request ? url.url : url));
    return Promise.resolve(new Response(body, { headers: { 'content-type': type } }));
  };
  return new OpenAI({ apiKey: 'k', baseURL: 'http://127.0.0.1:1/v1', maxRetries: 0, fetch });
}

const json = (body: unknown) => ({ body: JSON.stringify(body) });
const file = (id: string) => ({ id, object: 'file' });

async function idsOf(openai: OpenAI): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of listed('list the files', openai.files.list())) ids.push(id);
  return ids;
}

describe('a list', () => {
  test('is read to its end, page by page', async () => {
    const openai = served(({ searchParams }) =>
      searchParams.get('after') === 'b'
        ? json({ data: [file('c')], has_more: false })
        : json({ data: [file('a'), file('b')], has_more: true }),
    );
    expect(await idsOf(openai)).toEqual(['a', 'b', 'c']);
  });

  test('that gives one page for every cursor ends after it', async () => {
    let requests = 0;
    const openai = served(() => ((requests += 1), json({ data: [file('a')], has_more: true })));
    expect(await idsOf(openai)).toEqual(['a']);
    expect(requests).toBe(2);
  });

  test('that never ends is left after a hundred pages', async () => {
    let requests = 0;
    const openai = served(() => json({ data: [file(`f-${(requests += 1)}`)], has_more: true }));
    expect(await idsOf(openai)).toHaveLength(100);
  });
});

describe('what is no list is none that is empty', () => {
  test.each([
    ['a page of HTML', { type: 'text/html', body: '<html></html>' }],
    ['a text', json('Hello.')],
    ['an error', json({ error: { message: 'busy' } })],
    ['an empty object', json({})],
    ['null in place of the items', json({ data: null })],
    ['an object in place of the items', json({ object: 'list', data: { a: 1 } })],
  ])('%s: it is read again', async (_, answer) => {
    const failure = { type: 'Provider.Unavailable', nonRetryable: false };
    await expect(idsOf(served(() => answer))).rejects.toMatchObject(failure);
  });

  test('an object of another kind: the settings are named', async () => {
    await expect(idsOf(served(() => json({ object: 'chat.completion', choices: [] })))).rejects.toMatchObject(
      {
        type: 'Provider.UnexpectedAnswer',
        message: expect.stringContaining('COUNTERSIGN_PROVIDER') as string,
      },
    );
  });
});
