/** What `verify` looks at, what can be found, and what it all comes to. The names are public: they stand in the JSON. */

export const GUARANTEES = [
  { number: 0, id: 'application', title: 'The application can be used' },
  { number: 1, id: 'no-yes-no-action', title: 'No yes, no action' },
  { number: 2, id: 'what-runs-is-what-was-shown', title: 'What runs is what was shown' },
  { number: 3, id: 'one-decision-counts', title: 'One decision counts' },
  { number: 4, id: 'no-answer-in-time-means-no', title: 'No answer in time means no' },
  { number: 5, id: 'a-killed-process-loses-nothing', title: 'A killed process loses nothing' },
  { number: 6, id: 'nothing-happens-twice', title: 'Nothing happens twice' },
  { number: 7, id: 'a-question-may-outlive-its-run', title: 'A question may outlive its run' },
] as const;

/** Each check by its name, with the guarantee that rests on it. */
export const CHECKS = {
  loads: 0,
  'policy-answers': 0,
  returns: 0,
  'policy-steady': 1,
  'waits-for-yes': 1,
  'outsider-refused': 1,
  'denied-not-run': 1,
  'one-vote-of-many': 1,
  'arguments-unchanged': 2,
  'stale-digest-refused': 2,
  'edit-runs-as-edited': 2,
  'replay-counts-once': 3,
  'second-voice-loses': 3,
  'deadline-kept': 4,
  'late-decision-refused': 4,
  'decided-while-down': 5,
  'killed-worker': 5,
  'effect-once': 6,
  'same-answer': 6,
  'reconcile-true': 6,
  'stops-when-told': 6,
  'lost-answer': 6,
  'outlives-run': 7,
} as const satisfies Record<string, (typeof GUARANTEES)[number]['number']>;

export type CheckName = keyof typeof CHECKS;

/** Faults of applications, each with the check that finds it and what to do about it. */
export const FAULTS = {
  'does-not-load': {
    check: 'loads',
    remedy: 'Put right what the message names, then run verify again.',
  },
  'policy-throws': {
    check: 'policy-answers',
    remedy:
      'Have the policy return allow(), forbid() or requireApproval() for all arguments that the schema lets through.',
  },
  'tool-throws': {
    check: 'returns',
    remedy: 'Return what the model is to be told, or throw TerminalError when it cannot succeed.',
  },
  'policy-wavers': {
    check: 'policy-steady',
    remedy: 'Decide by the arguments and the context alone: an edit is judged again.',
  },
  'settles-with-one': {
    check: 'one-vote-of-many',
    remedy:
      'Have the policy ask for the same quorum wherever it runs: by the arguments, not by tenant, time or machine.',
  },
  'changes-arguments': {
    check: 'arguments-unchanged',
    remedy: 'Copy the arguments before you change anything in them.',
  },
  'deadline-too-short': {
    check: 'deadline-kept',
    remedy: 'Give people more time with within.',
  },
  'deadline-cut': {
    check: 'deadline-kept',
    remedy: 'Use onRunDeadline: "park", so that the question outlives the run, or shorten within.',
  },
  'effect-twice': {
    check: 'effect-once',
    remedy:
      'Hand idempotencyKey to the system that has the effect, or declare the effect as "at-most-once" or "reconcilable".',
  },
  'answer-changes': {
    check: 'same-answer',
    remedy: 'Return for a known idempotencyKey what the first attempt returned.',
  },
  'reconcile-denies': {
    check: 'reconcile-true',
    remedy:
      'Look the effect up by idempotencyKey where it happens, and answer { done: true, output } once it has.',
  },
  'reconcile-invents': {
    check: 'reconcile-true',
    remedy: 'Answer { done: true } only for an effect that you have found by its idempotencyKey.',
  },
  'reconcile-fails': {
    check: 'reconcile-true',
    remedy: 'Answer { done: true, output } or { done: false } for every key, also for one never seen.',
  },
  'ignores-stop': {
    check: 'stops-when-told',
    remedy: 'Pass context.signal on to what the tool waits for, such as fetch(url, { signal }).',
  },
} as const satisfies Record<string, { check: CheckName; remedy: string }>;

export type FaultName = keyof typeof FAULTS;

export type Status = 'holds' | 'broken' | 'not-exercised';

/** One check of one tool; of the application when `tool` is null. */
export interface Finding {
  guarantee: number;
  check: CheckName;
  tool: string | null;
  status: Status;
  /** What is wrong, by its name; of a broken one only. A fault that is not the application's has the name of its check. */
  fault?: FaultName | CheckName;
  why: string;
  remedy?: string;
}

export function holds(check: CheckName, tool: string | null, why: string): Finding {
  return { guarantee: CHECKS[check], check, tool, status: 'holds', why };
}

export function notExercised(check: CheckName, tool: string | null, why: string, remedy?: string): Finding {
  return {
    guarantee: CHECKS[check],
    check,
    tool,
    status: 'not-exercised',
    why,
    ...(remedy === undefined ? {} : { remedy }),
  };
}

export function broken(fault: FaultName, tool: string | null, why: string): Finding {
  const { check, remedy } = FAULTS[fault];
  return { guarantee: CHECKS[check], check, tool, status: 'broken', fault, why, remedy };
}

/** What does not hold, and no known mistake explains it. */
export function failed(check: CheckName, tool: string | null, why: string): Finding {
  const remedy =
    'Run verify again; if it stays, this may be a fault of Countersign: report it with this line.';
  return { guarantee: CHECKS[check], check, tool, status: 'broken', fault: check, why, remedy };
}
