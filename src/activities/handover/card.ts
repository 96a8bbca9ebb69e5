import type { Approval } from '../../contracts/approval/approval.ts';
import type { HandoverCard } from '../../contracts/handover.ts';
import { HANDOVER_ARGUMENTS_BYTES, HANDOVER_DESCRIPTION_CHARACTERS } from '../../contracts/limits.ts';
import { cutToJsonBytes, shorten } from '../../contracts/size.ts';
import { missingOf, missingWords } from '../../contracts/deciding/standing.ts';
import { escapedJson, escapedText } from '../../contracts/visible/visible.ts';

/** As many hex digits of a digest as people compare; the inbox shows the same ones first. */
const DIGEST_DIGITS = 12;

/**
 * What people at the Handover read of an approval: text, because that is what mails and chats show. The action names the
 * approval and its digest, so no other card has the same one.
 */
export function toCard(approval: Approval): HandoverCard {
  const { approvalId, tool, toolDescription, reason, requestedAt, deadline } = approval;
  const digest = shortDigest(approval.argumentsDigest);
  const description = shorten(toolDescription, HANDOVER_DESCRIPTION_CHARACTERS);
  const context = [
    `Tool: ${escapedText(tool)}`,
    `What it does: ${escapedText(description)}`,
    ...(reason === undefined ? [] : [`Why a person is asked: ${escapedText(reason)}`]),
    'Arguments:',
    readable(approval.arguments),
    `Digest of what will run: ${digest} (the inbox shows the same digits for the same arguments)`,
    ...neededLines(approval),
    `Decide by: ${deadline ?? 'no deadline'}`,
  ];
  return {
    action: `${escapedText(`${tool}: ${description}`)} [approval ${approvalId}, digest ${digest}]`,
    context: context.join('\n'),
    ...(deadline !== null && {
      timeout_minutes: Math.max(1, Math.ceil((Date.parse(deadline) - Date.parse(requestedAt)) / 60_000)),
    }),
  };
}

/** An answer here is one vote of those that a quorum needs. */
function neededLines(approval: Approval): string[] {
  const { quorum } = approval.rule ?? {};
  if (quorum === undefined) return [];
  const words = missingWords(missingOf(approval) ?? undefined);
  return [`Needed: ${escapedText(words)}. An answer here is one vote.`];
}

function shortDigest(argumentsDigest: string): string {
  return argumentsDigest.replace(/^\w+:/, '').slice(0, DIGEST_DIGITS);
}

function readable(args: Approval['arguments']): string {
  const text = escapedJson(args);
  const shown = cutToJsonBytes(text, HANDOVER_ARGUMENTS_BYTES);
  if (shown === text) return text;
  return `${shown}\n[Cut here: ${text.length} characters are too many for this message. Read all of it in the inbox before you decide.]`;
}
