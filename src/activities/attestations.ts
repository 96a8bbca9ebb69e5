import type { DecisionRecord } from '../contracts/approval/decision.ts';
import type { CallToRun } from '../contracts/approval/review.ts';
import type { Tool } from '../define/tool.ts';

/** Whether decisions were signed by a gateway whose key is trusted. */
export interface Attestations {
  /** What is wrong with the signature of a vote for this call, as the end of a sentence; null when it is good. */
  problemOf(
    vote: DecisionRecord,
    about: { call: CallToRun; tool: Tool; tenant: string },
  ): Promise<string | null>;
}
