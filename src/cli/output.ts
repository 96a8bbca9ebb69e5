import { styleText } from 'node:util';

import type { AnyShownApproval, Proposal, ToolArguments } from '../contracts/approval.ts';
import { visible, visibleJson } from '../contracts/visible/visible.ts';

/** How the commands speak to a person: plain lines, colours only on a terminal (NO_COLOR is honoured by Node). */

export const say = (line = ''): void => console.log(line);

export const bold = (text: string): string => styleText('bold', text, { stream: process.stdout });
export const dim = (text: string): string => styleText('dim', text, { stream: process.stdout });
export const green = (text: string): string => styleText('green', text, { stream: process.stdout });
export const yellow = (text: string): string => styleText('yellow', text, { stream: process.stdout });

/** The card of an approval, as lines. */
export function card(approval: AnyShownApproval): string[] {
  const { tool, toolDescription, arguments: args, argumentsDigest, deadline, runDeadline } = approval;
  const [last, ...earlier] = approval.proposals.toReversed();
  return [
    `${bold(visible(tool))}  ${dim(visible(toolDescription))}`,
    ...(last?.by.kind === 'person' ? [`  ${proposedBy(last)}`] : []),
    ...argumentLines(args),
    ...earlier.flatMap((proposal) => [`  ${proposedBy(proposal)}`, ...argumentLines(proposal.arguments)]),
    ...(approval.reason === undefined ? [] : [`  why        ${visible(approval.reason)}`]),
    ...(approval.requestedBy === undefined ? [] : [`  asked for  ${visible(approval.requestedBy)}`]),
    ...(approval.meantFor === undefined
      ? []
      : [`  meant for  ${visible(approval.meantFor)} ${dim('(says whoever asked)')}`]),
    `  status     ${approval.status}${approval.decision ? ` by ${visible(approval.decision.approver.id)}` : ''}`,
    `  deadline   ${deadline ?? 'none'}${runDeadline !== null && runDeadline !== deadline ? `, the run's ${runDeadline}` : ''}`,
    `  digest     ${argumentsDigest}`,
    `  approval   ${approval.approvalId}`,
  ];
}

function argumentLines(args: ToolArguments): string[] {
  const names = Object.keys(args);
  const width = Math.max(...names.map((name) => name.length), 0);
  return names.map((name) => `  ${visible(name).padEnd(width)}  ${visibleJson(args[name])}`);
}

/** Above what somebody proposed, once a person has changed it. */
function proposedBy({ by, at, argumentsDigest }: Proposal): string {
  const who = by.kind === 'model' ? 'the model' : visible(by.id);
  const what = by.kind === 'person' ? 'changed it to' : 'asked for';
  return `${who} ${what}, at ${at}: ${dim(argumentsDigest)}`;
}
