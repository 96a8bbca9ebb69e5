import { createSimulator, OPERATIONS } from '@countersign/openai-simulator';
import { expect, test } from 'vitest';

import { firstColumn, readText } from './markdown.ts';

const page = readText('docs/protocol.md');
const namesIn = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

test('docs/protocol.md names every operation that the simulator plays, once', () => {
  const named = firstColumn(page, 'operations').flatMap(namesIn);
  expect(named.sort()).toEqual(Object.keys(OPERATIONS).sort());
});

test.each(firstColumn(page, 'refused request').flatMap(namesIn))('it refuses %s', async (request) => {
  const [method = '', path = ''] = request.split(' ');
  const simulator = createSimulator();
  const headers = { authorization: 'Bearer any', 'content-type': 'application/json' };
  const body = method === 'POST' ? { body: '{}' } : {};
  const answer = await simulator.request(path, { method, headers, ...body });
  simulator.close();
  expect([400, 404]).toContain(answer.status);
  expect(await answer.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
});
