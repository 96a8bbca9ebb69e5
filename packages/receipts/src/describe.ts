import type { Report, Trust } from './report.ts';

const WORDS: Record<Trust, string> = {
  'trusted-keys': 'signed by keys that you trust',
  'own-keys':
    'signed by keys that came with the file. That shows damage; it does not show who wrote it. Give the trusted keys: --keys FILE',
  unsigned: 'not signed. That shows damage; it does not show who wrote it.',
};

/** A report as text for people: what was read, what is proven, what is wrong, what the rules found. */
export function describeReport(report: Report): string {
  const { tenant, entries, contents, from, provenTo, checkpoint, trust, intact, problems, findings } = report;
  const lines = [
    `Record of ${tenant ?? 'an unknown tenant'}: ${count(entries, 'entry', 'entries')}, ${count(contents, 'content', 'contents')}`,
  ];
  if (checkpoint !== null) {
    lines.push(
      `Checkpoint: ${count(checkpoint.size, 'entry', 'entries')} at ${checkpoint.time}, root ${checkpoint.root}`,
    );
    if (intact) lines.push(`It is ${WORDS[trust]}`);
  }
  lines.push('');
  for (const { line, sequence, problem } of problems)
    lines.push(`✗ line ${line}${sequence === undefined ? '' : `, entry ${sequence}`}: ${problem}`);
  if (report.problemsOmitted > 0) lines.push(`✗ and ${report.problemsOmitted} more`);
  if (intact) lines.push('✓ Nothing was changed, added, left out or put in another order.');
  else
    lines.push(
      provenTo > from
        ? `  Proven all the same: the entries ${from} to ${provenTo - 1}.`
        : '  Nothing of it is proven.',
    );
  for (const { severity, kind, approvalId, sequence, message } of findings)
    lines.push(
      `${severity === 'violation' ? '✗' : '·'} ${kind}, approval ${approvalId}, entry ${sequence}: ${message}`,
    );
  if (report.findingsOmitted > 0) lines.push(`· and ${report.findingsOmitted} more findings`);
  if (report.unjudged > 0)
    lines.push(
      `· ${count(report.unjudged, 'approval', 'approvals')} began before the first entry: not held against a rule`,
    );
  if (report.ok) lines.push('✓ No approval was settled or carried out against its rule.');
  // What a stranger wrote must not move a terminal's cursor.
  return `${lines.map((line) => line.replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')).join('\n')}\n`;
}

function count(number: number, one: string, many: string): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}
