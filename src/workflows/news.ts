import type { Approval } from '../contracts/approval/approval.ts';
import type { ReviewedCall } from '../contracts/approval/review.ts';
import { TOLD_OUTPUTS_BYTES } from '../contracts/limits.ts';
import type { ToolOutput } from '../contracts/run.ts';
import { fitTogether } from '../contracts/size.ts';
import type { Say, TurnInput } from '../contracts/turn.ts';

/** Messages of ours to the model, in the user's place: what a run could no longer be told as a tool output. */

/**
 * The turn that tells the model what became of a parked approval. Its id follows from both, so telling it twice is hearing
 * it once.
 */
export function continuationOf(input: TurnInput, approval: Approval, output: string): Say {
  const { context, assistant, metadata, startedBy } = input;
  const ownPart = input.turnId.slice(input.turnId.lastIndexOf('.') + 1);
  const [told = ''] = fitTogether([output], TOLD_OUTPUTS_BYTES);
  const approvalPart = approval.approvalId.slice(approval.approvalId.lastIndexOf('.') + 1);
  return {
    turnId: `${input.conversationId}.${ownPart.slice(0, 20)}${approvalPart.slice(0, 12)}`,
    message: `News about "${approval.tool}", which awaited approval ${approval.approvalId}: ${whatHappened(approval)} ${told}`,
    context,
    ...(assistant !== undefined && { assistant }),
    ...(metadata && { metadata }),
    ...(startedBy !== undefined && { startedBy }),
  };
}

function whatHappened({ status, decision, proposed }: Approval): string {
  const who = decision?.approver.id ?? 'Nobody';
  const why = decision?.note ? ` Notes: ${decision.note}` : '';
  switch (status) {
    case 'approved':
      return `${who} ${approvedWhat(who)}.${why} Result:`;
    case 'denied':
      return `${who} denied it.`;
    case 'answered':
      return `${who} answered instead, it was not carried out. Answer:`;
    case 'expired':
      return 'nobody decided in time.';
    case 'cancelled':
    case 'pending':
      return 'it was not carried out.';
    default:
      return status satisfies never;
  }

  function approvedWhat(who: string): string {
    if (proposed?.by.kind !== 'person') return 'approved it';
    const author = proposed.by.id;
    return author === who
      ? 'changed what was asked for and approved that'
      : `approved what ${author} had changed it to`;
  }
}

/** What a new run is told when the one before ended before it had these outputs. */
export function newRunMessage(calls: ReviewedCall[], outputs: ToolOutput[]): string {
  const told = fitTogether(
    outputs.map(({ output }) => output),
    TOLD_OUTPUTS_BYTES,
  );
  const lines = outputs.map(({ toolCallId }, index) => {
    const tool = calls.find((call) => call.toolCallId === toolCallId)?.tool ?? 'a tool';
    return `- ${tool}: ${told[index] ?? ''}`;
  });
  return [
    'The run in which you called these tools ended before their outputs arrived. Do not call them again for the same purpose. Outputs:',
    ...lines,
    'Go on with what the user asked for.',
  ].join('\n');
}
