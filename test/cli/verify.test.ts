import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { runCli } from '../support/cli.ts';
import { runHere } from '../support/cli-here.ts';
import { testFolder } from '../support/folder.ts';

const QUICKSTART = 'examples/quickstart/countersign.config.ts';
const BROKEN = 'test/verify/broken/does-not-load.ts';

describe('countersign verify', () => {
  const folder = testFolder();

  const calls = join(folder, 'calls.json');
  writeFileSync(calls, '{"calls":[{"tool":"refund","arguments":{}}]}');
  test.each([
    [
      'without a yes, and says which would run',
      [],
      {},
      /really runs these tools.*refund_order.*sandbox.*--yes/s,
    ],
    ['in production', ['--yes'], { NODE_ENV: 'production' }, /NODE_ENV is "production"/],
    [
      'for a sample call of a tool that is not there, and names those that are',
      ['--yes', '--calls', calls],
      {},
      /names the tool "refund"\. The application has: refund_order\./,
    ],
  ])('runs no tool %s', async (_what, options, env, words) => {
    const { code, stderr } = await runHere(['verify', '--config', QUICKSTART, ...options], { env });
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
  });

  test('what does not hold ends with 1, as JSON and as a badge', async () => {
    const badge = join(folder, 'badge.svg');
    const options = ['--yes', '--json', '--config', BROKEN, '--badge', badge];
    const { code, stdout } = await runCli(['verify', ...options]);
    expect(code).toBe(1);
    const found = JSON.parse(stdout) as { ok: boolean; guarantees: { checks: object[] }[] };
    expect(found).toMatchObject({ version: 1, application: BROKEN, ok: false, tools: [], notes: [] });
    expect(found.guarantees[0]).toMatchObject({ number: 0, id: 'application', status: 'broken' });
    expect(found.guarantees[0]?.checks).toMatchObject([
      { check: 'loads', tool: null, status: 'broken', fault: 'does-not-load' },
    ]);
    expect(readFileSync(badge, 'utf8')).toMatch(/^<svg .*aria-label="countersign: fails"/);
  });
});
