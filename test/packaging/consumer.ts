/** What a stranger's project imports from the package. Only compiled, in pack.test.ts, against the installed declarations. */
import {
  allow,
  defineApp,
  defineAssistant,
  defineTool,
  requireApproval,
  type App,
  type TurnView,
} from 'countersign';
import { createClient, type CountersignClient } from 'countersign/client';
import { createGateway, readApiKeys, type GatewayDeps } from 'countersign/gateway';
import { createSimulator, startSimulator } from '@countersign/openai-simulator';
import { verifyExport, type Report } from '@countersign/receipts';
import { openStore, type Store } from 'countersign/store';
import { createWorker, type WorkerOptions } from 'countersign/worker';
import { conversation, turn } from 'countersign/workflows';
import { z } from 'zod';

const parameters = z.strictObject({ cents: z.int() });

const pay = defineTool({
  name: 'pay',
  description: 'Pay an amount.',
  parameters,
  policy: ({ cents }) => (cents < 100 ? allow() : requireApproval({ reason: 'Much money.' })),
  effect: 'at-most-once',
  execute: ({ cents }) => `Paid ${cents}.`,
});

defineTool({
  name: 'mistaken',
  description: 'Shows that arguments are typed: without types nothing here would be an error.',
  parameters,
  policy: allow(),
  effect: 'idempotent',
  // @ts-expect-error: cents is a number, no text for the model
  execute: ({ cents }): string => cents,
});

export const app: App = defineApp({
  assistants: [defineAssistant({ name: 'payer', model: 'gpt-5', instructions: 'Pay.', tools: [pay] })],
});
export const values = {
  createClient,
  createGateway,
  readApiKeys,
  createSimulator,
  startSimulator,
  verifyExport,
  openStore,
  createWorker,
  conversation,
  turn,
};
export type Types = [CountersignClient, GatewayDeps, Store, WorkerOptions, TurnView, Report];
