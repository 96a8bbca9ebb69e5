import type { RunSnapshot, ToolOutput } from '../../src/contracts/run.ts';
import type { Provider } from '../../src/providers/provider.ts';

/** The provider, but each call of a round comes twice, past the edge that keeps ids apart. One output answers both. */
export function repeatCalls(provider: Provider): Provider {
  return {
    ...provider,
    createRun: async (request) => twice(await provider.createRun(request)),
    retrieveRun: async (run) => twice(await provider.retrieveRun(run)),
    submitOutputs: async (request) =>
      twice(await provider.submitOutputs({ ...request, outputs: once(request.outputs) })),
    findSubmitted: (request) => provider.findSubmitted({ ...request, outputs: once(request.outputs) }),
  };
}

function twice(seen: RunSnapshot): RunSnapshot {
  return seen.state === 'requires_action' ? { ...seen, calls: [...seen.calls, ...seen.calls] } : seen;
}

function once(outputs: readonly ToolOutput[]): ToolOutput[] {
  return [...new Map(outputs.map((output) => [output.toolCallId, output])).values()];
}
