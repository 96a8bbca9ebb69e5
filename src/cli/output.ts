import { styleText } from 'node:util';

import type { AnyShownApproval, Proposal } from '../contracts/approval/approval.ts';
import type { ToolArguments } from '../contracts/tool-call.ts';
import { visible, visibleJson } from '../contracts/visible/visible.ts';
import { voteLines } from './approvals/votes.ts';

/**
 * How the commands speak to a person: plain lines, colours only on a terminal that has them (Node honours NO_COLOR, FORCE_COLOR and
 * TERM=dumb); and how to a program: JSON on standard output. Which of the two is said once, when a command begins.
 */

let speech: { json: boolean; color: boolean } = { json: false, color: true };

export function speakAs({ json = false, color = true }: { json?: boolean; color?: boolean }): void {
  speech = { json, color };
}

/** Whether a program reads what we say. */
export const isJson = (): boolean => speech.json;

/** A line for a person; a program is not told. */
export const say = (line = ''): void => {
  if (!speech.json) console.log(line);
};

/** A result for a program: one JSON value in one line. A person is not told. */
export const tell = (value: unknown): void => {
  if (speech.json) console.log(JSON.stringify(value));
};

type Format = Parameters<typeof styleText>[0];

const styled =
  (format: Format) =>
  (text: string): string =>
    speech.color ? styleText(format, text, { stream: process.stdout }) : text;

export const bold = styled('bold');
export const dim = styled('dim');
export const green = styled('green');
export const yellow = styled('yellow');
export const red = styled('red');

/** The card of an approval, as lines. */
export function card(approval: AnyShownApproval): string[] {
  const { tool, toolDescription, arguments: args, argumentsDigest, deadline, runDeadline } = approval;
  const [last, ...earlier] = approval.proposals.toReversed();
  return [
    `${bold(visible(tool))}  ${dim(visible(toolDescription))}`,
    ...presentedLines(approval),
    ...(last?.by.kind === 'person' ? [`  ${proposedBy(last)}`] : []),
    ...argumentLines(args),
    ...earlier.flatMap((proposal) => [`  ${proposedBy(proposal)}`, ...argumentLines(proposal.arguments)]),
    ...(approval.reason === undefined ? [] : [`  why        ${visible(approval.reason)}`]),
    ...(approval.requestedBy === undefined ? [] : [`  asked for  ${visible(approval.requestedBy)}`]),
    ...(approval.meantFor === undefined
      ? []
      : [`  meant for  ${visible(approval.meantFor)} ${dim('(says whoever asked)')}`]),
    `  status     ${approval.status}${approval.decision ? ` by ${visible(approval.decision.approver.id)}` : ''}`,
    ...voteLines(approval),
    `  deadline   ${deadline ?? 'none'}${runDeadline !== null && runDeadline !== deadline ? `, the run's ${runDeadline}` : ''}`,
    `  digest     ${argumentsDigest}`,
    `  approval   ${approval.approvalId}`,
  ];
}

/** As the tool shows it; the arguments follow. */
function presentedLines({ presented }: AnyShownApproval): string[] {
  if (presented === undefined) return [];
  if (presented.by === 'schema')
    return presented.failed ? [yellow('  The tool could not show this call itself.')] : [];
  const { title, summary, fields, risk, left } = presented;
  const width = Math.max(...fields.map(({ label }) => label.length), 0);
  return [
    ...(title === undefined ? [] : [`  ${bold(visible(title))}`]),
    ...(summary === undefined ? [] : [`  ${visible(summary)}`]),
    ...(risk === undefined ? [] : [`  risk: ${risk === 'low' ? risk : red(risk)}`]),
    ...fields.map(({ label, value, currency, left: more = 0 }) => {
      const text = `${currency === undefined ? '' : `${currency} `}${visible(value)}`;
      return `  ${visible(label).padEnd(width)}  ${text}${more > 0 ? dim(` … ${more} more characters`) : ''}`;
    }),
    ...(left === undefined ? [] : [dim(`  ${left} more fields are not shown here.`)]),
    dim('  The arguments, which the digest covers:'),
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
