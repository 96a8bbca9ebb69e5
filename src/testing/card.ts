import { randomUUID } from 'node:crypto';

import type { CountersignClient } from '../client.ts';
import type { AnyShownApproval } from '../contracts/approval/approval.ts';
import type { Accepted, Approver, NewDecision, Receipt } from '../contracts/approval/decision.ts';
import { TestingError } from './production.ts';

/** Who decides, and what they say about it. */
export interface By {
  /** @default 'approver' */
  as?: string;
  groups?: string[];
  note?: string;
  /** Settle it alone, by right of emergency. */
  breakGlass?: boolean;
  /** The same or narrower calls, too: for as long as the policy lets it (`true`), or shorter. */
  grant?: NewDecision['grant'];
}

export interface Card extends CardMethods {
  readonly approvalId: string;
  readonly tool: string;
  readonly arguments: Record<string, unknown>;
  readonly argumentsDigest: string;
  /** Why the policy asks. */
  readonly reason: string | undefined;
  /** Groups of which an approver must belong to one; undefined: anybody may decide. */
  readonly approvers: string[] | undefined;
  readonly deadline: Date | null;
  /** The approval as it was when the card was handed out. */
  readonly approval: AnyShownApproval;
}

/** Each decides about what the card shows: if somebody has changed the arguments meanwhile, it is refused. */
interface CardMethods {
  approve(by?: By): Promise<Receipt | Accepted>;
  deny(by?: By): Promise<Receipt | Accepted>;
  /** Approves other arguments. */
  edit(args: Record<string, unknown>, by?: By): Promise<Receipt | Accepted>;
  /** The text becomes the tool's output; nothing runs. */
  respond(text: string, by?: By): Promise<Receipt | Accepted>;
  /** Sends any decision and returns what it came to, whatever that is. */
  decide(decision: Partial<NewDecision>): Promise<Receipt | Accepted>;
  /** The approval as it is now. */
  read(): Promise<AnyShownApproval>;
}

/** A decision counts for nothing: it was refused, came too late, or another one was before it. */
export class NotDecidedError extends TestingError {
  override readonly name = 'NotDecidedError';
  readonly receipt: Receipt;

  constructor(receipt: Receipt, decision: string) {
    const { outcome, reason, problems = [], status } = receipt;
    const why = problems.map(({ field, message }) => (field === '' ? message : `${field} ${message}`));
    const named = reason === undefined ? outcome : `${outcome} (${reason})`;
    super(
      [
        `The decision "${decision}" settled nothing: ${named}.`,
        ...why,
        `The approval is ${status ?? 'unknown'}.`,
      ].join(' '),
    );
    this.receipt = receipt;
  }
}

const COUNTS = new Set<Receipt['outcome']>(['applied', 'voted', 'duplicate']);

/** @param clock - of the gate. */
export function createCard(
  approval: AnyShownApproval,
  { client, tenant, clock }: { client: CountersignClient; tenant: string; clock: () => number },
): Card {
  const { approvalId, tool, argumentsDigest, reason, approvers, deadline } = approval;

  async function decide(decision: Partial<NewDecision>): Promise<Receipt | Accepted> {
    const answer = await client.decide(tenant, {
      approvalId,
      decisionId: randomUUID(),
      decision: 'approve',
      approver: { id: 'approver' },
      decidedAt: new Date(clock()).toISOString(),
      source: 'api',
      ...decision,
    });
    return answer ?? { outcome: 'unknown', approvalId, decisionId: decision.decisionId ?? '' };
  }

  async function settle(
    decision: Partial<NewDecision>,
    { as = 'approver', groups, note, breakGlass, grant }: By = {},
  ) {
    const approver: Approver = { id: as, ...(groups && { groups }) };
    const receipt = await decide({
      ...{ ...decision, approver, argumentsDigest },
      ...(note !== undefined && { note }),
      ...(breakGlass === true && { breakGlass }),
      ...(grant !== undefined && { grant }),
    });
    if (receipt.outcome === 'accepted' || COUNTS.has(receipt.outcome)) return receipt;
    throw new NotDecidedError(receipt, decision.decision ?? 'approve');
  }

  return {
    ...{ approvalId, tool, argumentsDigest, reason, approvers, approval, arguments: approval.arguments },
    deadline: deadline === null ? null : new Date(deadline),
    approve: (by) => settle({ decision: 'approve' }, by),
    deny: (by) => settle({ decision: 'deny' }, by),
    edit: (args, by) => settle({ decision: 'edit', arguments: args }, by),
    respond: (response, by) => settle({ decision: 'respond', response }, by),
    decide,
    async read() {
      const found = await client.getApproval(tenant, approvalId);
      if (found === null) throw new TestingError(`The approval ${approvalId} does not exist any more.`);
      return found;
    },
  };
}
