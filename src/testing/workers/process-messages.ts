import type { WorkerPlace } from './worker.ts';

/** What a gate and its worker process say to each other, over Node's IPC channel. When it closes, the gate is gone: so is the worker. */

export interface WorkerTask extends Pick<
  WorkerPlace,
  'temporal' | 'provider' | 'storeUrl' | 'mail' | 'events'
> {
  applicationFile: string;
  effectsFile: string;
  /** Path of the workflow bundle. */
  bundle: string;
  aheadMs: number;
}

export interface ToWorker {
  type: 'clock';
  id: number;
  aheadMs: number;
}

export type FromWorker =
  | { type: 'ready' }
  | { type: 'failed'; reason: string }
  | { type: 'started'; workflowId: string }
  | { type: 'clock'; id: number };
