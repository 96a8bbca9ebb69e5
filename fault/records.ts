import type { DecisionKind } from '../src/contracts/approval/decision.ts';
import type { TurnView } from '../src/contracts/turn.ts';
import type { Audit } from '../src/record/audit.ts';
import type { Entry, Report } from '@countersign/receipts';
import type { SeenRequest } from '@countersign/openai-simulator';
import type { LedgerRow } from './ledger.ts';
import type { Approver } from './people.ts';
import type { Plan, TurnPlan } from './plan.ts';
import type { GatedTool } from './shapes.ts';

/** The five records the oracle compares. None of them is made from another. */
export interface Records {
  plan: Plan;
  /** What the HTTP API answered. */
  http: HttpRecord;
  /** The receipts: every turn as its own record shows it at the end, continuations included. Null when there is none. */
  views: Record<string, TurnView | null>;
  /** What happened in the world outside. */
  effects: LedgerRow[];
  attempts: LedgerRow[];
  /** What the provider saw. */
  provider: ProviderRecord;
  /** What the store keeps. */
  store: StoreRecord;
}

export interface StoreRecord {
  /** Of the tenant, in their order. */
  entries: Entry[];
  /** Of an export, by somebody who has only the public keys. */
  report: Pick<Report, 'problems' | 'findings' | 'trust' | 'provenTo' | 'entries'>;
  audit: Audit;
}

export interface HttpRecord {
  turns: TurnSent[];
  decisions: DecisionSent[];
  /** Grants that were taken back, and when that was answered: ISO 8601. */
  revocations: { grantId: string; at: string }[];
}

export interface TurnSent {
  plan: TurnPlan;
  /** Of every 202, repeats included: they must all be one. */
  turnIds: string[];
  beganAt: string;
  /** When it was first seen to be over; absent as long as nobody saw it. */
  endedAt?: string;
}

export interface DecisionSent {
  turnId: string;
  approvalId: string;
  tool: GatedTool;
  decisionId: string;
  kind: DecisionKind;
  approver: Approver;
  arguments?: Record<string, unknown>;
  response?: string;
  note?: string;
  isForged?: true;
  /** The first and all repeats, which bear the same decision id. */
  answers: DecisionAnswer[];
}

export interface DecisionAnswer {
  at: string;
  /** Null when none came. */
  status: number | null;
  /** A receipt's outcome, `accepted`, or a problem's type without its prefix. */
  outcome: string;
  winner?: { decision: string; approver: { id: string }; decidedAt: string };
}

export interface ProviderRecord {
  requests: SeenRequest[];
  runs: { id: string; thread_id: string; status: string; metadata: Record<string, string> }[];
  /** Texts of the user's messages, by thread. */
  messages: Record<string, string[]>;
}
