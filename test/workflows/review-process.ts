import { appendFileSync, existsSync } from 'node:fs';

import { z } from 'zod';

import { defineApp, defineAssistant, defineTool, requireApproval } from '../../src/index.ts';
import { createWorker } from '../../src/worker.ts';
import '../support/quiet.ts';

/** A worker that can be killed while it reviews an edit: it writes a line for each review, and the first one never ends. */
const [address = '', taskQueue = '', baseURL = '', bundlePath = '', reviewsFile = ''] = process.argv.slice(2);

const refund = defineTool({
  name: 'refund',
  description: 'Pay an order back.',
  parameters: z.strictObject({ orderId: z.string() }),
  policy: async ({ orderId }) => {
    if (orderId === 'A-2') {
      const isFirst = !existsSync(reviewsFile);
      appendFileSync(reviewsFile, `${process.pid} ${Date.now()}\n`);
      if (isFirst) await new Promise(() => undefined);
    }
    return requireApproval({ within: '8s' });
  },
  effect: 'idempotent',
  execute: ({ orderId }) => `${orderId} is paid back.`,
});
const worker = await createWorker({
  app: defineApp({
    assistants: [
      defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools: [refund] }),
    ],
  }),
  provider: { apiKey: 'test-key', baseURL, protocol: 'assistants' },
  temporal: { connection: { address }, namespace: 'default', taskQueue },
  workflowBundle: { codePath: bundlePath },
});
process.stdout.write('ready\n');
await worker.run();
