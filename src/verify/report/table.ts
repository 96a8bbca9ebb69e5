import { visible } from '../../contracts/visible/visible.ts';
import { type Finding, type Status } from '../findings.ts';
import type { Verification } from './verification.ts';

const MARKS: Record<Status, string> = { holds: '✓', broken: '✗', 'not-exercised': '–' };

/** How words are set apart where that can be seen. */
export type Paint = Record<'bold' | 'dim' | 'green' | 'red', (text: string) => string>;

/**
 * What was found, as lines for a person: each guarantee, and below it what does not hold or could not be tried. What holds is said in one
 * word, unless everything is asked for.
 */
export function tableOf(
  verification: Verification,
  { paint, isFull }: { paint: Paint; isFull: boolean },
): string[] {
  const { bold, dim } = paint;
  const marks = { holds: paint.green, broken: paint.red, 'not-exercised': dim };
  const mark = (status: Status): string => marks[status](MARKS[status]);
  const { guarantees, tools, notes, application, protocol, seconds } = verification;
  const title = `${bold(visible(application))}  ${dim(`${protocol}, ${seconds} s`)}`;
  const toolLines = tools.map(({ name, effect, verdicts: { ask, allow, forbid }, call }) => {
    const said = `asks ${ask}, lets through ${allow}, forbids ${forbid}`;
    const tried = call === null ? '' : `, tried with a ${call.from} call`;
    return `  ${visible(name)}  ${dim(`${effect}; its policy ${said}${tried}`)}`;
  });
  const width = Math.max(...guarantees.map(({ title: words }) => words.length));
  const rows = guarantees.flatMap(({ number, title: words, status, checks }) => [
    `${mark(status)} ${number === 0 ? ' ' : number}  ${words.padEnd(width)}  ${dim(countsOf(checks))}`,
    ...checks.filter((check) => isFull || check.status !== 'holds').flatMap(linesOf),
  ]);
  return [
    title,
    ...toolLines,
    '',
    ...rows,
    ...(notes.length > 0 ? ['', ...notes.map((note) => dim(`Note: ${visible(note)}`))] : []),
    '',
    verdictOf(verification, paint),
  ];

  function linesOf({ status, tool, check, fault, why, remedy }: Finding): string[] {
    const name = status === 'broken' ? paint.red(fault ?? check) : check;
    const of = tool === null ? '' : `${visible(tool)}: `;
    return [
      `    ${mark(status)} ${of}${name}  ${visible(why)}`,
      ...(remedy === undefined ? [] : [`        ${dim(visible(remedy))}`]),
    ];
  }
}

function countsOf(checks: readonly Finding[]): string {
  const count = (status: Status): number => checks.filter((check) => check.status === status).length;
  const counts = [
    [count('holds'), 'hold'],
    [count('broken'), 'broken'],
    [count('not-exercised'), 'not tried'],
  ] as const;
  return counts.flatMap(([number, words]) => (number === 0 ? [] : [`${number} ${words}`])).join(', ');
}

function verdictOf({ ok, guarantees, tools }: Verification, paint: Paint): string {
  const broken = guarantees.flatMap(({ checks }) => checks).filter(({ status }) => status === 'broken');
  if (ok && tools.length === 0) return paint.green('It loads, and has no tool that could be tried.');
  if (ok) {
    const untried = tools.filter(({ call }) => call === null).map(({ name }) => visible(name));
    const but = untried.length === 0 ? '' : ` Not tried: ${untried.join(', ')}.`;
    return paint.green(`Everything that could be tried holds.${but}`);
  }
  const faults = [...new Set(broken.map(({ fault, check }) => fault ?? check))].join(', ');
  return paint.red(`Does not hold: ${faults}.`);
}
