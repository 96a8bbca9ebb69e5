import type { Approver, Decision } from '../../contracts/approval/decision.ts';
import type { Subject } from '../calls/subjects.ts';
import { wordsOf } from '../words.ts';
import { failed, type CheckName, type Finding } from '../findings.ts';
import type { EffectQuery } from '../hooks.ts';
import type { Stage } from '../stage.ts';

/** What all exercises of one application share. */
export interface Scene {
  stage: Stage;
  /** Undefined where the application does not count, or has no answer. */
  countEffects: (query: EffectQuery) => Promise<number | undefined>;
}

/**
 * Something that is tried with one tool. Its parts run when it is their time, beside those of the others:
 *
 *   prepare ──▶ the worker is killed ──▶ whileDown ──▶ another worker ──▶ main
 *     ──▶ alone ──▶ the clock passes the ends of runs ──▶ whenRunsEnded ──▶ it passes all deadlines ──▶ whenLate
 *     ──▶ conclude
 */
export interface Exercise {
  /** What did not come to its end says so under this name. */
  readonly check: CheckName;
  readonly tool: string | null;
  prepare?(): Promise<void>;
  whileDown?(): Promise<void>;
  main?(): Promise<void>;
  /** When all others wait or have ended: nothing else reaches the provider. */
  alone?(): Promise<void>;
  /** Until when the clock has to go on, in ms since 1970. */
  runEndMs?(): number | undefined;
  whenRunsEnded?(): Promise<void>;
  deadlineMs?(): number | undefined;
  whenLate?(): Promise<void>;
  conclude(): Finding[] | Promise<Finding[]>;
}

export type Part = 'prepare' | 'whileDown' | 'main' | 'alone' | 'whenRunsEnded' | 'whenLate';

/** Exercises with what stopped them. */
export function createTroupe(exercises: readonly Exercise[]) {
  const errors = new Map<Exercise, unknown>();
  const going = () => exercises.filter((one) => !errors.has(one));
  return {
    async play(part: Part): Promise<void> {
      await Promise.all(
        going().map(async (one) => {
          try {
            await one[part]?.();
          } catch (error) {
            errors.set(one, error);
          }
        }),
      );
    },
    /** The latest of the times that they name; undefined when none does. */
    latest(of: 'runEndMs' | 'deadlineMs'): number | undefined {
      const times = going().flatMap((one) => one[of]?.() ?? []);
      return times.length === 0 ? undefined : Math.max(...times);
    },
    async conclude(): Promise<Finding[]> {
      const findings = await Promise.all(
        exercises.map(async (one) => {
          const error = errors.get(one);
          if (error === undefined) return one.conclude();
          return [failed(one.check, one.tool, wordsOf(error))];
        }),
      );
      return findings.flat();
    },
  };
}

/** Somebody whom the policy lets decide. */
export function approverOf(subject: Subject, id = 'grace'): Approver {
  const verdicts = [subject.call?.verdict, subject.other?.verdict];
  const groups = verdicts.flatMap((verdict) => {
    if (verdict?.kind !== 'ask') return [];
    return [...(verdict.approvers ?? []), ...(verdict.rule?.quorum?.from ?? []).map(({ group }) => group)];
  });
  return { id, ...(groups.length > 0 && { groups: [...new Set(groups)] }) };
}

export function approval(subject: Subject): Partial<Decision> {
  return { decision: 'approve', approver: approverOf(subject), note: 'Tried by verify.' };
}

export function isGated({ call }: Subject): boolean {
  return call?.verdict.kind === 'ask';
}
