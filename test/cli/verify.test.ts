import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { runCli } from '../support/cli.ts';
import { testFolder } from '../support/folder.ts';

const QUICKSTART = 'examples/quickstart/countersign.config.ts';
const BROKEN = 'test/verify/broken/does-not-load.ts';

describe('countersign verify', () => {
  const folder = testFolder();

  test('runs no tool without a yes, and says which would run', async () => {
    const { code, stderr } = await runCli(['verify', '--config', QUICKSTART]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/really runs these tools.*refund_order.*sandbox.*--yes/s);
  });

  test('is refused in production', async () => {
    const env = { NODE_ENV: 'production' };
    const { code, stderr } = await runCli(['verify', '--yes', '--config', QUICKSTART], { env });
    expect(code).toBe(2);
    expect(stderr).toContain('NODE_ENV is "production"');
  });

  test('a sample call of a tool that is not there names those that are', async () => {
    const calls = join(folder, 'calls.json');
    writeFileSync(calls, '{"calls":[{"tool":"refund","arguments":{}}]}');
    const { code, stderr } = await runCli(['verify', '--yes', '--config', QUICKSTART, '--calls', calls]);
    expect(code).toBe(2);
    expect(stderr).toContain('names the tool "refund". The application has: refund_order.');
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
