import { appendFileSync } from 'node:fs';

import { z } from 'zod';

import type { Protocol } from '../../src/contracts/run.ts';
import { defineTool, requireApproval } from '../../src/index.ts';
import { appWith } from '../support/app.ts';
import { createWorker } from '../../src/worker.ts';
import '../support/quiet.ts';

/** A worker that can be killed: its tool writes what it does into a file, a line for each time. */
const [address = '', taskQueue = '', baseURL = '', protocol = '', bundlePath = '', effectsFile = ''] =
  process.argv.slice(2);

const refund = defineTool({
  name: 'refund',
  description: 'Pay an order back.',
  parameters: z.strictObject({ orderId: z.string(), amountCents: z.int() }),
  policy: requireApproval(),
  effect: 'idempotent',
  execute: (_args, { idempotencyKey }) => {
    appendFileSync(effectsFile, `${idempotencyKey}\n`);
    return 'refund is done.';
  },
});
const worker = await createWorker({
  app: appWith([refund]),
  provider: { apiKey: 'test-key', baseURL, protocol: protocol as Protocol },
  temporal: { connection: { address }, namespace: 'default', taskQueue },
  workflowBundle: { codePath: bundlePath },
});
await worker.run();
