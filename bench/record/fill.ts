import { argumentsDigest } from '../../src/contracts/digest.ts';
import type { About, Fact } from '../../src/contracts/recording/fact.ts';
import type { Recorder } from '../../src/record/recorder.ts';
import { progress } from '../stage.ts';

export const TENANT = 'bench';
const TOOL = 'refund_order';
/** One of so many questions is never answered: its list is read while all others are settled. */
const OPEN_EVERY = 2;
const ENTRIES_OF_BOTH = 6;
/** Approvals that are written at once. */
const AT_ONCE = 500;
const START_MS = Date.parse('2026-01-01T00:00:00Z');
const SAY_EVERY = 100_000;

/** @returns how many questions there are: one is decided, carried out and has five entries, the next one stays open. */
export async function fill(recorder: Recorder, entries: number): Promise<{ approvals: number }> {
  const approvals = Math.ceil((entries * OPEN_EVERY) / ENTRIES_OF_BOTH);
  let told = 0;
  for (let from = 0; from < approvals; from += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, approvals - from) }, (_, index) => from + index);
    await Promise.all(
      numbers.map((number) => recorder.write(aboutOf(number), factsOf(number), { hasBegun: true })),
    );
    const written = Math.round(((from + numbers.length) * ENTRIES_OF_BOTH) / OPEN_EVERY);
    if (written - told < SAY_EVERY) continue;
    told = written;
    progress(`${written} entries are written`);
  }
  return { approvals };
}

export function aboutOf(number: number): About {
  return { tenant: TENANT, conversationId: `c-${number}`, turnId: `c-${number}.k3f9w2m7c5q8` };
}

/** What happens to an approval, as a turn tells it. */
export function factsOf(number: number): Fact[] {
  const args = {
    orderId: `A-${number}`,
    amountCents: (number * 37) % 50_000,
    reason: `Parcel ${number} arrived broken`,
  };
  const digest = argumentsDigest({ tool: TOOL, arguments: args, tenant: TENANT });
  const at = (second: number) => new Date(START_MS + number * 1_000 + second * 1_000).toISOString();
  const about = { approvalId: `c-${number}.k3f9w2m7c5q8.p4x7r2d1`, tool: TOOL, digest };
  const decisionId = `d-${number}`;
  const asked: Fact = {
    ...{ ...about, is: 'requested', at: at(0) },
    question: {
      ...{ arguments: args, toolDescription: 'Pays money back to the customer of an order.' },
      ...{ assistant: 'refund-desk', toolCallId: `call_${number}`, requestedBy: 'maria@shop.example' },
      ...{ deadline: at(86_400), runDeadline: at(600), onRunDeadline: 'park', approvers: ['finance'] },
      rule: { quorum: { approve: 1, deny: 1 } },
    },
  };
  if (number % OPEN_EVERY === 1) return [asked];
  const vote = {
    ...{
      decisionId,
      decision: 'approve' as const,
      decidedAt: at(30),
      source: 'api',
      argumentsDigest: digest,
    },
    ...{
      approver: { id: 'grace@shop.example', groups: ['finance'] },
      note: `As agreed with customer ${number}.`,
    },
    authenticated: { by: 'key' as const, name: 'backoffice' },
  };
  return [
    asked,
    { ...about, is: 'voted', at: at(30), vote },
    { ...about, is: 'settled', at: at(30), status: 'approved', decisionId },
    { ...about, is: 'started', at: at(31) },
    { ...about, is: 'ended', at: at(32), outcome: 'executed', output: `Refunded order A-${number}.` },
  ];
}
