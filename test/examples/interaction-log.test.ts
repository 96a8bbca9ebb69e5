import { afterAll, beforeAll, expect, test } from 'vitest';

import { temporalAddress } from '../setup/temporal.ts';
import { until } from '../../src/testing/wait.ts';
import { commandOf, makeClone, type Clone, type RunningCommand } from './clone.ts';

let clone: Clone;
let dev: RunningCommand;
beforeAll(async () => {
  clone = await makeClone({
    TEMPORAL_ADDRESS: temporalAddress(),
    COUNTERSIGN_TASK_QUEUE: 'interaction-log',
  });
  dev = await clone.up(commandOf('interaction-log', 'npm run dev'));
});
afterAll(() => clone.remove());

test('a span tells of the exchange, without the number and the address', async () => {
  await clone.run(commandOf('interaction-log', 'countersign turn'));
  const spans = await until('a span with the message', () =>
    Promise.resolve(dev.output().includes('my number is') ? dev.output() : null),
  );
  expect(spans).not.toContain('KD-123456');
  expect(spans).not.toContain('ada@example.com');
  expect(spans).toContain('gen_ai');
});
