import { toSeconds } from '../clock.ts';
import { newId, type IdStyle } from '../ids.ts';
import type { RunState, StoredRun } from './run-state.ts';
import type { RunError, RunStep } from './wire.ts';

/** The steps of a run. At most one is in progress: what waits for outputs, or the message that is being written. */

/** The step under way is done. Its `expires_at` goes, as in the recorded lists. */
export function completeStep(state: RunState, atMs: number, usage: RunStep['usage']): RunState {
  const steps = state.steps.map((step): RunStep =>
    step.status === 'in_progress'
      ? { ...step, status: 'completed', completed_at: toSeconds(atMs), expires_at: null, usage }
      : step,
  );
  return { ...state, steps };
}

export function newStep(
  { run }: StoredRun,
  atMs: number,
  details: RunStep['step_details'],
  ids: IdStyle,
): RunStep {
  return {
    id: newId('step', ids),
    object: 'thread.run.step',
    created_at: toSeconds(atMs),
    run_id: run.id,
    assistant_id: run.assistant_id,
    thread_id: run.thread_id,
    type: details.type,
    status: 'in_progress',
    cancelled_at: null,
    completed_at: null,
    expires_at: run.expires_at,
    failed_at: null,
    last_error: null,
    step_details: details,
    usage: null,
  };
}

/** Outputs stand in the step from the moment of the submit: they prove that it arrived. */
export function fillOutputs(state: RunState, outputs: ReadonlyMap<string, string>): RunState {
  const steps = state.steps.map((step): RunStep => {
    if (step.status !== 'in_progress' || step.step_details.type !== 'tool_calls') return step;
    const tool_calls = step.step_details.tool_calls.map((it) =>
      it.type === 'function'
        ? { ...it, function: { ...it.function, output: outputs.get(it.id) ?? null } }
        : it,
    );
    return { ...step, step_details: { type: 'tool_calls', tool_calls } };
  });
  return { ...state, steps };
}

/** The step under way ends with its run. */
export function endStep(
  state: RunState,
  status: RunStep['status'],
  atMs: number,
  error: RunError | null,
): RunState {
  const at = toSeconds(atMs);
  const steps = state.steps.map((step): RunStep =>
    step.status === 'in_progress'
      ? {
          ...step,
          status,
          completed_at: status === 'completed' ? at : null,
          cancelled_at: status === 'cancelled' ? at : null,
          failed_at: status === 'failed' ? at : null,
          last_error: error,
          expires_at: null,
        }
      : step,
  );
  return { ...state, steps };
}
