import type { Protocol } from '../contracts/run.ts';
import type { JudgedCall, Subject } from './calls/subjects.ts';
import { createTroupe, isGated, type Exercise, type Scene } from './exercises/exercise.ts';
import { decided, denied } from './exercises/decided.ts';
import { decidedWhileDown } from './exercises/down.ts';
import { killed } from './exercises/killed.ts';
import { decidedLate } from './exercises/late.ts';
import { lostAnswer } from './exercises/lost-answer.ts';
import { outlivesRun } from './exercises/parked.ts';
import { needsMany } from './exercises/quorum.ts';
import { toldToStop } from './exercises/told-to-stop.ts';
import { broken, notExercised, type Finding } from './findings.ts';
import type { Verify } from './hooks.ts';
import { openStage } from './stage.ts';

/** Less than that nobody takes in what is asked. */
const LEAST_WITHIN_MS = 10_000;
/** So far behind an end the clock goes, that nothing is decided by a moment. */
const BEHIND_MS = 2_000;

/** Everything that needs the application at work: one gate, one SIGKILL, one journey of its clock. */
export async function rehearse(options: {
  configFile: string;
  protocol: Protocol;
  subjects: readonly Subject[];
  hooks: Verify;
  onProgress: (message: string) => void;
}): Promise<Finding[]> {
  const { configFile, protocol, subjects, hooks, onProgress } = options;
  const findings: Finding[] = [];
  const cast = subjects.flatMap((subject): { subject: Subject; call: JudgedCall }[] => {
    const { call } = subject;
    if (call === null) return [];
    const problem = undecidable(subject, call);
    if (problem === null) return [{ subject, call }];
    findings.push(problem);
    return [];
  });
  if (cast.length === 0) return findings;
  onProgress('starting a Temporal server, the simulator and a worker');
  const stage = await openStage({ configFile, protocol, subjects, onProgress });
  try {
    const { gate } = stage;
    const scene: Scene = {
      stage,
      countEffects: async (query) => hooks.countEffects?.(query),
    };
    const troupe = createTroupe(cast.flatMap((role, index) => exercisesFor(role, scene, index === 0)));
    onProgress('calling the tools');
    await troupe.play('prepare');
    onProgress('killing the worker');
    await gate.kill('worker', { restart: false });
    await troupe.play('whileDown');
    await gate.restart('worker');
    onProgress('waiting for what was left behind, deciding, replaying');
    await troupe.play('main');
    await troupe.play('alone');
    const runEndMs = troupe.latest('runEndMs');
    if (runEndMs !== undefined) {
      onProgress('letting the runs end');
      await gate.advance(new Date(runEndMs + BEHIND_MS));
      await troupe.play('whenRunsEnded');
    }
    const deadlineMs = troupe.latest('deadlineMs');
    if (deadlineMs !== undefined) {
      onProgress('letting the deadlines pass');
      await gate.advance(new Date(Math.max(deadlineMs + BEHIND_MS, gate.now())));
      await troupe.play('whenLate');
    }
    return [...findings, ...(await troupe.conclude())];
  } finally {
    await stage.close();
  }
}

/** Why nobody could decide about the call, so that it is not tried. */
function undecidable({ tool }: Subject, { verdict }: JudgedCall): Finding | null {
  if (verdict.kind !== 'ask') return null;
  const { withinMs, rule } = verdict;
  if (rule?.auth !== undefined)
    return notExercised(
      'waits-for-yes',
      tool.name,
      'It asks how people have signed in, and nobody signs in here.',
    );
  if (withinMs !== undefined && withinMs < LEAST_WITHIN_MS)
    return broken('deadline-too-short', tool.name, `People have ${withinMs} ms to decide.`);
  return null;
}

function exercisesFor(
  { subject, call }: { subject: Subject; call: JudgedCall },
  scene: Scene,
  isFirst: boolean,
): Exercise[] {
  return [
    killed(subject, call, scene),
    toldToStop(subject, call, scene),
    ...(isFirst ? [lostAnswer(subject, call, scene)] : []),
    ...(isGated(subject)
      ? [
          decided(subject, call, scene),
          denied(subject, call, scene),
          ...needsMany(subject, call, scene),
          decidedWhileDown(subject, call, scene),
          decidedLate(subject, call, scene),
          outlivesRun(subject, call, scene),
        ]
      : []),
  ];
}
