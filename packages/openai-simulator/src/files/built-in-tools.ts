import { toSeconds } from '../clock.ts';
import { newId } from '../ids.ts';
import type { Rules } from '../rules.ts';
import type { RunState } from '../assistants/run-state.ts';
import { newStep } from '../assistants/run-steps.ts';
import type { BuiltInUse } from '../scenario/built-in-schema.ts';
import { usageOf } from '../usage.ts';
import type { Run, RunStep } from '../assistants/wire.ts';
import { toFile } from './files.ts';
import type { CodeInterpreterCall, FileSearchCall, StoredFile } from './wire.ts';

type SearchRanking = FileSearchCall['file_search']['ranking_options'];

/**
 * What built-in tools do in a run, before the model's first words or calls: a step each, completed at once, as in the recorded lists.
 * Nobody outside is asked. A tool that the run does not have is not used.
 */
export function useBuiltInTools(state: RunState, atMs: number, rules: Rules): RunState {
  const { run, script } = state.stored;
  const uses = (script.rule.builtIn ?? []).filter((use) =>
    run.tools.some(({ type }) => type === toolOf(use)),
  );
  // They stand before every other step, so where there are steps they have been used.
  if (uses.length === 0 || state.steps.length > 0) return state;
  return uses.reduce((current, use) => useTool(current, use, atMs, rules), state);
}

function toolOf(use: BuiltInUse): 'code_interpreter' | 'file_search' {
  return 'codeInterpreter' in use ? 'code_interpreter' : 'file_search';
}

function useTool(state: RunState, use: BuiltInUse, atMs: number, rules: Rules): RunState {
  const id = newId('call', rules.ids);
  const { stored } = state;
  if ('fileSearch' in use) {
    return withStep(state, { id, type: 'file_search', file_search: search(state) }, atMs, rules);
  }
  const { input, logs, files = [] } = use.codeInterpreter;
  const made = files.map(({ name, text }): StoredFile =>
    toFile({
      // Reported: the service names what its tool has made by its path in the sandbox.
      filename: `/mnt/data/${name}`,
      purpose: 'assistants_output',
      bytes: new TextEncoder().encode(text).length,
      nowMs: atMs,
      ids: rules.ids,
      text,
    }),
  );
  const images = made.filter((_, index) => files[index]?.isImage).map((file) => file.id);
  const call: CodeInterpreterCall = {
    id,
    type: 'code_interpreter',
    code_interpreter: {
      input,
      outputs: [
        ...(logs === undefined ? [] : [{ type: 'logs' as const, logs }]),
        ...images.map((file_id) => ({ type: 'image' as const, image: { file_id } })),
      ],
    },
  };
  const produced = made.map(({ id: fileId, body }) => ({
    fileId,
    fileName: body.filename,
    isImage: images.includes(fileId),
  }));
  const after = withStep(state, call, atMs, rules);
  return {
    ...after,
    files: [...(state.files ?? []), ...made],
    stored: { ...after.stored, produced: [...(stored.produced ?? []), ...produced] },
  };
}

/** Finds every file that can be searched, equally well, as many as the tool asks for: there is no model to tell which fits. */
function search({ stored }: RunState): FileSearchCall['file_search'] {
  const { max_num_results, ranking_options } = searchOptions(stored.run);
  const results = (stored.library ?? [])
    .filter(({ isSearchable }) => isSearchable)
    .slice(0, max_num_results)
    .map(({ fileId, fileName, excerpt }) => ({
      file_id: fileId,
      file_name: fileName,
      score: 0.75,
      attributes: {},
      content: [{ type: 'text' as const, text: excerpt }],
    }));
  const { ranker, score_threshold } = ranking_options;
  return { ranking_options: { ranker, score_threshold }, results };
}

/** OpenAI gives 20 results unless it is asked for another number [documented]. */
function searchOptions({ tools }: Run): { max_num_results: number; ranking_options: SearchRanking } {
  const tool = tools.find(({ type }) => type === 'file_search') as { file_search?: object } | undefined;
  const ranking_options = { ranker: 'default_2024_08_21', score_threshold: 0 };
  return { max_num_results: 20, ranking_options, ...tool?.file_search };
}

function withStep(
  state: RunState,
  call: CodeInterpreterCall | FileSearchCall,
  atMs: number,
  rules: Rules,
): RunState {
  const { run, script } = state.stored;
  const step: RunStep = {
    ...newStep(state.stored, atMs, { type: 'tool_calls', tool_calls: [call] }, rules.ids),
    status: 'completed',
    completed_at: toSeconds(atMs),
    expires_at: null,
    usage: usageOf([run.instructions, script.message], [JSON.stringify(call)]),
  };
  return { ...state, steps: [...state.steps, step] };
}
