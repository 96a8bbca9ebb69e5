import { styleText } from 'node:util';

import type { AnyApproval } from '../contracts/approval.ts';

/** How the commands speak to a person: plain lines, colours only on a terminal (NO_COLOR is honoured by Node). */

export const say = (line = ''): void => console.log(line);

export const bold = (text: string): string => styleText('bold', text, { stream: process.stdout });
export const dim = (text: string): string => styleText('dim', text, { stream: process.stdout });
export const green = (text: string): string => styleText('green', text, { stream: process.stdout });
export const yellow = (text: string): string => styleText('yellow', text, { stream: process.stdout });

/** Control, invisible and bidirectional characters: on a terminal they could hide or reorder what a person approves. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** Shows text as what it is: characters that could deceive become their code points. */
export function visible(text: string): string {
  return text.replace(
    UNSAFE,
    (character) => `⟦U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟧`,
  );
}

/** The same for a text of several lines, such as a reply. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

/** The card of an approval, as lines. */
export function card(approval: AnyApproval): string[] {
  const { tool, toolDescription, arguments: args, argumentsDigest, deadline, runDeadline } = approval;
  const names = Object.keys(args);
  const width = Math.max(...names.map((name) => name.length), 0);
  return [
    `${bold(visible(tool))}  ${dim(visible(toolDescription))}`,
    ...names.map((name) => `  ${visible(name).padEnd(width)}  ${visible(JSON.stringify(args[name]))}`),
    ...(approval.reason === undefined ? [] : [`  why        ${visible(approval.reason)}`]),
    ...(approval.requestedBy === undefined ? [] : [`  asked for  ${visible(approval.requestedBy)}`]),
    `  status     ${approval.status}${approval.decision ? ` by ${visible(approval.decision.approver.id)}` : ''}`,
    `  deadline   ${deadline ?? 'none'}${runDeadline !== null && runDeadline !== deadline ? `, the run's ${runDeadline}` : ''}`,
    `  digest     ${argumentsDigest}`,
    `  approval   ${approval.approvalId}`,
  ];
}
