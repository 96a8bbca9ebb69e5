import type { Protocol } from '../../contracts/run.ts';
import type { MailOptions } from '../../notices/mail/mail.ts';
import type { EventOptions } from '../../notices/events/endpoints.ts';
import type { NoticeOptions } from '../../notices/notices.ts';
import type { WorkerOptions } from '../../worker.ts';
import type { GateClock } from '../clock/gate-clock.ts';
import type { Effect } from '../effects.ts';

/** The SMTP server of a gate's worker, and where the links in its mails lead. */
export interface GateMail extends Pick<MailOptions, 'url'>, Pick<NoticeOptions, 'perHour' | 'publicUrl'> {}

/** Where and how a gate's worker works. */
export interface WorkerPlace {
  temporal: { address: string; namespace: string; taskQueue: string };
  provider: { baseURL: string; protocol: Protocol; requestLimitMs?: number };
  bundle: { codePath: string };
  /** The URL of the store that it opens; null for none. */
  storeUrl: string | null;
  clock: GateClock;
  /** Whom people are told by; null for nobody. */
  mail: GateMail | null;
  /** Which programs hear of events; null for none. */
  events: EventOptions | null;
  /** Hears of every workflow before the worker starts it. */
  onStart: (workflowId: string) => void;
  /** Hears of one that was started with the time before the latest move of the clock. */
  onOutrun: (workflowId: string) => Promise<void>;
  /** What `createWorker` takes beside that; for a worker in the test's process only. */
  more: Partial<
    Pick<
      WorkerOptions,
      | 'trustedKeys'
      | 'signingKey'
      | 'callbacks'
      | 'handover'
      | 'isHinted'
      | 'interactionLog'
      | 'maxCachedWorkflows'
      | 'notices'
      | 'interceptors'
    >
  >;
}

/** The workers of a gate, one after the other: at most one works at a time. */
export interface GateWorker {
  isUp(): boolean;
  start(): Promise<void>;
  /** Lets it finish what it holds. */
  stop(): Promise<void>;
  /** The same, for good. */
  close(): Promise<void>;
  /** It is gone at once, in the middle of whatever it does. */
  kill(): Promise<void>;
  /** The gate's clock has moved; resolves when the worker judges by it. */
  tellClock(): Promise<void>;
  effects(): Effect[];
}
