import { z } from 'zod';

import type { AnyShownApproval } from '../../contracts/approval/approval.ts';
import { DECISION_KINDS, type DecisionBody } from '../../contracts/approval/decision.ts';
import { TestingError } from '../production.ts';

/** A decision by somebody. */
export interface Answer extends DecisionBody {
  as: string;
  groups?: string[];
}

/** Decides what it is asked, as people would; null leaves the question open. */
export type Approvers = (asked: AnyShownApproval) => Answer | null | Promise<Answer | null>;

const StepSchema = z
  .strictObject({
    /** Only questions about this tool; any without it. */
    tool: z.string().min(1).optional(),
    decision: z.enum(DECISION_KINDS, { error: `must be one of ${DECISION_KINDS.join(', ')}` }),
    as: z.string().min(1).max(200).default('approver'),
    groups: z.array(z.string().min(1)).optional(),
    note: z.string().optional(),
    /** It settles the question alone, with `note` saying why. */
    breakGlass: z.literal(true).optional(),
    /** With `edit`: the arguments to run in place of the asked ones. */
    arguments: z.record(z.string(), z.unknown()).optional(),
    /** With `respond`: the text that becomes the tool's output. */
    response: z.string().min(1).optional(),
    /** How many questions it answers. */
    times: z.int().min(1).default(1),
  })
  .refine(({ decision, arguments: args }) => (decision === 'edit') === (args !== undefined), {
    path: ['arguments'],
    error: 'belongs to decision "edit", and to no other',
  })
  .refine(({ decision, response }) => (decision === 'respond') === (response !== undefined), {
    path: ['response'],
    error: 'belongs to decision "respond", and to no other',
  });

/** One answer of a script. It is JSON, so that it can stand in a file. */
export type Step = z.input<typeof StepSchema>;

/**
 * Approvers for tests and CI: `script` answers one question after the other, `approve` and `deny` answer all.
 */
export const approvers = {
  /**
   * Each question is answered by the first step that is not used up and fits its tool. One that no step fits stays open. A question that needs
   * several people is answered by one step after the other, each `as` somebody else.
   *
   * @throws TestingError naming the step and the field that does not fit.
   */
  script(steps: readonly Step[]): Approvers {
    const parsed = z.array(StepSchema).min(1, 'must have at least one step').safeParse(steps);
    if (!parsed.success) {
      const faults = parsed.error.issues.map(({ path, message }) => `${wordsOf(path)} ${message}`);
      throw new TestingError(`The script of approvers cannot be used: ${faults.join('; ')}.`);
    }
    const left = parsed.data.map((step) => ({ ...step }));
    return ({ tool }) => {
      const step = left.find((one) => one.times > 0 && (one.tool === undefined || one.tool === tool));
      if (step === undefined) return null;
      step.times -= 1;
      const { tool: _tool, times: _times, ...answer } = step;
      return answer as Answer;
    };
  },
  approve: (by: Omit<Answer, 'decision' | 'as'> & { as?: string } = {}): Approvers => {
    return () => ({ as: 'approver', ...by, decision: 'approve' });
  },
  deny: (by: Omit<Answer, 'decision' | 'as'> & { as?: string } = {}): Approvers => {
    return () => ({ as: 'approver', ...by, decision: 'deny' });
  },
};

function wordsOf(path: PropertyKey[]): string {
  const [step, ...field] = path.map(String);
  if (step === undefined) return 'the script';
  return [`step ${Number(step) + 1}`, ...(field.length > 0 ? [field.join('.')] : [])].join(', ');
}
