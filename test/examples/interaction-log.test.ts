import { afterAll, beforeAll, expect, test } from 'vitest';

import { temporalAddress } from '../setup/temporal.ts';
import type { RunningCommand } from '../support/cli.ts';
import { commandOf, makeClone, type Clone } from './clone.ts';

let clone: Clone;
let dev: RunningCommand;
beforeAll(async () => {
  const queue = { COUNTERSIGN_TASK_QUEUE: 'interaction-log' };
  clone = await makeClone({ TEMPORAL_ADDRESS: temporalAddress(), ...queue });
  dev = await clone.up(commandOf('interaction-log', 'npm run dev'));
});
afterAll(() => clone.remove());

test('a span tells of the exchange, without the number and the address', async () => {
  await clone.run(commandOf('interaction-log', 'countersign turn'));
  await dev.says('my number is');
  const spans = dev.output();
  expect(spans).not.toContain('KD-123456');
  expect(spans).not.toContain('ada@example.com');
  expect(spans).toContain('gen_ai');
});
