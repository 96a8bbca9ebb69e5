import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { compare } from '../../../bench/compare.ts';
import type { Row } from '../../../bench/results.ts';
import { testFolder } from '../../support/folder.ts';

const folder = testFolder();

async function result(name: string, row: Partial<Row>, bench = 'decision'): Promise<string> {
  const file = join(folder, `${name}.json`);
  const rows = [{ name: 'a figure', unit: 'ms', value: 10, worse: 'higher', ...row }];
  await writeFile(file, JSON.stringify({ bench, command: 'x', at: 'y', machine: {}, versions: {}, rows }));
  return file;
}

async function compared(before: Partial<Row>, after: Partial<Row>): Promise<{ ok: boolean; said: string }> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const ok = await compare(await result('before', before), await result('after', after));
  const said = log.mock.calls.flat().join('\n');
  log.mockRestore();
  return { ok, said };
}

test('a figure that grew by more than the noise is worse, one within it is not', async () => {
  expect(await compared({ value: 10 }, { value: 12 })).toMatchObject({ ok: false });
  expect((await compared({ value: 10 }, { value: 12 })).said).toContain('WORSE +20 %');
  expect(await compared({ value: 10 }, { value: 11 })).toMatchObject({ ok: true });
});

test('of a figure that should be high, less is worse', async () => {
  const worse = 'lower';
  expect(await compared({ value: 10, worse }, { value: 8, worse })).toMatchObject({ ok: false });
  expect((await compared({ value: 10, worse }, { value: 12, worse })).said).toContain('better +20 %');
});

test('a goal that was met and is missed now is worse, however small the change', async () => {
  const goal = (met: boolean) => ({ text: 'at most 10.1', met });
  const { ok, said } = await compared({ goal: goal(true) }, { value: 10.2, goal: goal(false) });
  expect(ok).toBe(false);
  expect(said).toContain('misses its goal (at most 10.1)');
});

test('results of two benchmarks cannot be compared', async () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  expect(await compare(await result('one', {}), await result('other', {}, 'growth'))).toBe(false);
  expect(error.mock.calls.flat().join()).toContain('compare two of one kind');
  error.mockRestore();
});
