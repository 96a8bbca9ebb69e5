import type { Protocol } from '../../contracts/run.ts';
import type { Subject } from '../calls/subjects.ts';
import { GUARANTEES, type Finding, type Status } from '../findings.ts';

/** What `verify` has found: the JSON of `--json`. Fields are added, none is taken away or changed. */
export interface Verification {
  version: 1;
  application: string;
  protocol: Protocol;
  /** Nothing was found that does not hold. */
  ok: boolean;
  seconds: number;
  guarantees: { number: number; id: string; title: string; status: Status; checks: Finding[] }[];
  tools: VerifiedTool[];
  /** What is no fault, and worth knowing. */
  notes: string[];
}

export interface VerifiedTool {
  name: string;
  assistant: string;
  effect: Subject['tool']['effect'];
  /** What the policy says of how many of the calls. */
  verdicts: Subject['verdicts'];
  call: { arguments: Record<string, unknown>; from: 'given' | 'derived' } | null;
}

export function toVerification(found: {
  configFile: string;
  protocol: Protocol;
  subjects: readonly Subject[];
  findings: readonly Finding[];
  notes?: readonly string[];
  ms: number;
}): Verification {
  const { configFile, protocol, subjects, findings, ms } = found;
  const guarantees = GUARANTEES.map((guarantee) => {
    const checks = findings.filter((finding) => finding.guarantee === guarantee.number);
    return { ...guarantee, status: statusOf(checks), checks };
  });
  return {
    version: 1,
    application: configFile,
    protocol,
    ok: findings.every(({ status }) => status !== 'broken'),
    seconds: Math.round(ms / 100) / 10,
    guarantees,
    tools: subjects.map(({ tool, assistant, verdicts, call, isGiven }) => ({
      ...{ name: tool.name, assistant, effect: tool.effect, verdicts },
      call: call && { arguments: call.arguments, from: isGiven ? 'given' : 'derived' },
    })),
    notes: [...subjects.flatMap(notesOn), ...(found.notes ?? [])],
  };
}

function statusOf(checks: readonly Finding[]): Status {
  if (checks.some(({ status }) => status === 'broken')) return 'broken';
  return checks.some(({ status }) => status === 'holds') ? 'holds' : 'not-exercised';
}

function notesOn({ tool, verdicts, isGiven }: Subject): string[] {
  const { allow, ask, forbid } = verdicts;
  const calls = isGiven ? 'given' : 'derived';
  if (allow === 0) return [];
  if (ask + forbid === 0)
    return [
      `${tool.name} (${tool.effect}): the policy let all ${allow} ${calls} calls through without a person.`,
    ];
  return [
    `${tool.name}: the policy let ${allow} of ${allow + ask + forbid} ${calls} calls through without a person.`,
  ];
}
