import type { Jwks, SigningKey } from '@countersign/receipts';
import type { HttpBindings } from '@hono/node-server';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { CountersignClient } from '../client.ts';
import type { Decision, NewDecision } from '../contracts/approval/decision.ts';
import type { FileStore } from '../contracts/files.ts';
import type { ApiKey, ApiKeys } from './api-keys.ts';
import type { Directory } from './sign-in/directory.ts';
import type { OidcOptions } from './sign-in/oidc-options.ts';
import type { SlackOptions } from './slack/options.ts';
import type { IdentityProvider } from './sign-in/identity-provider.ts';
import type { InboxSession, InboxSessions } from './sign-in/session.ts';
import type { CheckpointSink } from '../record/checkpoints/sink.ts';
import type { Proofs } from '../record/proof.ts';
import type { Recorder } from '../record/recorder.ts';
import type { Refusals } from '../record/refusals.ts';
import type { Store } from '../store/store.ts';
import type { Metrics } from './metrics.ts';
import type { ApprovalLists } from './lists/lists.ts';
import type { Live } from './live/live.ts';
import type { WebhookSources } from './webhook-secrets.ts';

/** The part of the client the gateway needs. Decisions that it hands on are whole: it knows when they came, and from where. */
export type GatewayClient = { decide: DecideWhole } & Pick<
  CountersignClient,
  | 'startTurn'
  | 'getTurn'
  | 'getConversation'
  | 'listConversations'
  | 'listMessages'
  | 'readSaid'
  | 'cancelTurn'
  | 'hintHandover'
  | 'hintRun'
  | 'askForDecision'
  | 'getRequest'
  | 'eachPending'
  | 'getApproval'
  | 'checkHealth'
>;

type DecideWhole = (
  tenant: string,
  decision: NewDecision & Pick<Decision, 'decisionId' | 'decidedAt' | 'source'>,
) => ReturnType<CountersignClient['decide']>;

/** Takes one event of the log: a past-tense name and ids as fields; never arguments, message text or secrets. */
export type Log = (event: string, fields: Record<string, unknown>) => void;

/** How OpenAI's events are checked, and looked up. */
export interface OpenAIEvents {
  /** All are accepted, so that one can be rotated. */
  webhookSecrets: readonly string[];
  /** Whose a response is; null when it is none of ours. */
  ownerOf: (responseId: string) => Promise<{ tenant: string; turnId: string } | null>;
}

/** What a gateway is made of. */
export interface GatewayDeps {
  client: GatewayClient;
  apiKeys: ApiKeys;
  /**
   * Who may send signed webhooks.
   *
   * @default []
   */
  webhookSources?: WebhookSources;
  /**
   * Hosts that answers to requests may be sent to (contracts/callback-hosts.ts); with none a `callback_url` is refused.
   *
   * @default []
   */
  callbackHosts?: readonly string[];
  /** Signs inbox links, sessions and forms: at least 32 characters, the same for every gateway of an installation. */
  sessionSecret: string;
  /** Hears of every request and decision; nobody does by default. */
  log?: Log;
  /** Where browsers reach the inbox when that is not where the gateway listens, such as `https://countersign.example.com`. */
  publicUrl?: string;
  /**
   * The largest request body accepted.
   *
   * @default 1048576
   */
  maximumBodyBytes?: number;
  /**
   * The same as the workers': lists come from its index, and sessions, used sign-in links and people are shared with every other gateway.
   * Without it lists come from Temporal, sign-in links work once at each gateway, signing out forgets a session in one browser, and nobody's
   * right can be taken away.
   */
  store?: Store;
  /**
   * Workers tell people of approvals, so they are to hear of requests, too; needs a `store`.
   *
   * @default false
   */
  isTold?: boolean;
  /** Where people sign in; needs a `store`. Without it they come by sign-in links only. */
  oidc?: OidcOptions;
  /** Where people decide in Slack; needs a `store` and a `publicUrl`. Without it there is no such route. */
  slack?: SlackOptions;
  /** The VAPID public key that browsers take notifications for; needs a `store`. Without it there are none. */
  pushKey?: string;
  /** OpenAI's own events; without it they are refused. */
  openai?: OpenAIEvents;
  /** Where files are; without it uploads and downloads are refused. */
  files?: FileStore;
  /**
   * The largest file that is taken in; a gateway holds up to four of them in memory.
   *
   * @default 33554432
   */
  maximumFileBytes?: number;
  /**
   * Public keys that sign decisions and checkpoints, shown at `/.well-known/countersign/jwks.json`. Decisions are signed by the client's
   * `signingKey`.
   *
   * @default none
   */
  publicKeys?: Jwks;
  /** Signs the checkpoints of receipts; without it they show damage only. */
  signingKey?: SigningKey;
  /**
   * Signs a checkpoint of every record that has grown, and sends it elsewhere; needs a `store` and a `signingKey`. Gateways with one store
   * and the same places share the work.
   *
   * @default none: checkpoints are signed with exports and receipts only
   */
  checkpoints?: { everyMs: number; sinks?: readonly CheckpointSink[] };
  /**
   * How often a stream of events says that it is there: well below the time after which proxies before the gateway close a connection.
   *
   * @default 15000
   */
  streamHeartbeatMs?: number;
  /**
   * Milliseconds since 1970.
   *
   * @default Date.now
   */
  clock?: () => number;
}

/** The record as the gateway writes and serves it. */
export interface GatewayRecord {
  store: Pick<Store, 'record'>;
  recorder: Recorder;
  refusals: Refusals;
  proofs: Proofs;
}

/** What every part of one gateway shares. */
export interface GatewayParts extends Required<
  Omit<
    GatewayDeps,
    | 'publicUrl'
    | 'files'
    | 'openai'
    | 'slack'
    | 'pushKey'
    | 'store'
    | 'oidc'
    | 'signingKey'
    | 'checkpoints'
    | 'isTold'
    | 'streamHeartbeatMs'
  >
> {
  store: Store | null;
  identityProvider: IdentityProvider | null;
  /** What the store keeps for ever; null without one. */
  record: GatewayRecord | null;
  lists: ApprovalLists;
  live: Live;
  sessions: InboxSessions;
  /** Whom the directory takes somebody for; without a store whoever they say. */
  identify: Directory['identify'];
  files: FileStore | null;
  openai: OpenAIEvents | null;
  slack: SlackOptions | null;
  pushKey: string | null;
  publicUrl: URL | null;
  metrics: Metrics;
  /** Aborted when the gateway begins to shut down. */
  draining: AbortSignal;
}

/** What middleware leaves in a request's context. */
export interface GatewayEnv {
  /** Absent when no server has taken the request, as in tests. */
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    /** Holds memory until the answer has been sent. @throws Problem `too-busy` when there is no room. */
    hold: (bytes: number) => Promise<void>;
    /** Set behind `requireScope`. */
    apiKey: ApiKey;
    /** Set behind the inbox's session check. */
    session: InboxSession;
    /** Of this answer's Content-Security-Policy; set on inbox pages. */
    nonce: string;
  };
}

/** The HTTP side: the API of services, signed webhooks, and the inbox's pages. It keeps no state; any number may run. */
export interface Gateway {
  /** Answers requests: `app.fetch` for a server, `app.request()` without one. */
  app: OpenAPIHono<GatewayEnv>;
  /** From now on long polls answer at once and `/readyz` says 503. */
  drain: () => void;
  /** Resolves when what goes on without a request has ended, after `drain`. Close the store after it. */
  ended: Promise<void>;
}
