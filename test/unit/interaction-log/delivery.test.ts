import { expect, test, vi } from 'vitest';

import { createDelivery, type DeliveryLimits } from '../../../src/interaction-log/delivery.ts';
import type { Interaction, InteractionSink } from '../../../src/contracts/interaction-log/interaction.ts';
import type { LossReport } from '../../../src/interaction-log/losses.ts';
import { executed } from '../../interaction-log/interactions.ts';

const interaction = () => Promise.resolve(executed);

function setUp(write: InteractionSink['write'], limits: Partial<DeliveryLimits> = {}) {
  const reports: LossReport[] = [];
  const sink = { name: 'test', write };
  const delivery = createDelivery({ sink, limits, report: (losses) => reports.push(losses) });
  return { delivery, reports };
}

test('interactions are delivered in the order they came, and on closing what still waits is', async () => {
  const written: Interaction[] = [];
  const { delivery, reports } = setUp((one) => void written.push(one), { atATime: 1 });
  for (let index = 0; index < 5; index += 1) {
    delivery.offer(1, () => Promise.resolve({ ...executed, toolCallId: `call_${index}` }));
  }
  expect(written).toEqual([]); // nothing happens while the activity is still at work
  await delivery.close();
  expect(written.map((one) => (one.kind === 'tool' ? one.toolCallId : ''))).toEqual([
    'call_0',
    'call_1',
    'call_2',
    'call_3',
    'call_4',
  ]);
  expect(reports).toEqual([]);
});

test('a sink that throws loses what it was given, and gets the next', async () => {
  const write = vi.fn<InteractionSink['write']>();
  write.mockImplementationOnce(() => {
    throw new Error('No.');
  });
  write.mockRejectedValueOnce(new Error('Neither.'));
  const { delivery, reports } = setUp(write, { atATime: 1 });
  for (let index = 0; index < 3; index += 1) delivery.offer(1, interaction);
  await delivery.close();
  expect(write).toHaveBeenCalledTimes(3);
  expect(reports).toEqual([
    { sink: 'test', lost: 1, failed: 1, lastError: 'Error: No.' },
    { sink: 'test', lost: 1, failed: 1, lastError: 'Error: Neither.' },
  ]);
});

test('a dead sink fills a queue of bounded length and is told of once in a period', async () => {
  const signals: AbortSignal[] = [];
  const { delivery, reports } = setUp(
    (_, signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    },
    { atATime: 2, waiting: 10, writeMs: 20, graceMs: 50 },
  );
  for (let index = 0; index < 500; index += 1) delivery.offer(1, interaction);
  await vi.waitFor(() => expect(signals.filter(({ aborted }) => aborted)).toHaveLength(2));
  await delivery.close();
  // The places of a sink that holds on are not given to further interactions.
  expect(signals).toHaveLength(2);
  expect(reports[0]).toMatchObject({ lost: 1, queue_full: 1 });
  expect(reports).toHaveLength(2);
  const { lost, queue_full: full, timed_out: late, shutdown } = reports[1] ?? { lost: 0 };
  expect({ lost, full, late, shutdown }).toEqual({ lost: 499, full: 489, late: 2, shutdown: 8 });
});

test('long texts fill the queue before many short ones do', async () => {
  const { delivery, reports } = setUp(() => undefined, { waitingCharacters: 100 });
  delivery.offer(60, interaction);
  delivery.offer(60, interaction);
  delivery.offer(40, interaction);
  await delivery.close();
  expect(reports).toEqual([{ sink: 'test', lost: 1, queue_full: 1 }]);
});

test('a sink that lets go when its time is up gets its place back', async () => {
  let calls = 0;
  const { delivery, reports } = setUp(
    (_, signal) => {
      calls += 1;
      if (calls > 1) return undefined;
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    },
    { atATime: 1, writeMs: 20 },
  );
  delivery.offer(1, interaction);
  delivery.offer(1, interaction);
  await delivery.close();
  expect(calls).toBe(2);
  expect(reports).toEqual([{ sink: 'test', lost: 1, timed_out: 1 }]);
});

test('what cannot be put together is lost and told, and nothing is taken after closing', async () => {
  const write = vi.fn<InteractionSink['write']>();
  const { delivery, reports } = setUp(write);
  delivery.offer(1, () => Promise.reject(new TypeError('redact() returned no text.')));
  delivery.offer(1, () => Promise.resolve(null));
  await delivery.close();
  expect(reports).toEqual([
    { sink: 'test', lost: 1, failed: 1, lastError: 'TypeError: redact() returned no text.' },
  ]);
  delivery.offer(1, interaction);
  expect(reports.at(-1)).toEqual({ sink: 'test', lost: 1, shutdown: 1 });
  expect(write).not.toHaveBeenCalled();
});
