import type { TranscriptEntry } from '../../../../src/contracts/transcript.ts';

/** Entries of a transcript. */
export const user = (text: string): TranscriptEntry => ({ role: 'user', text });
export const said = (text: string): TranscriptEntry => ({ role: 'assistant', text });
export const called = (...ids: string[]): TranscriptEntry => ({
  role: 'assistant',
  text: '',
  calls: ids.map((toolCallId) => ({ toolCallId, tool: 'refund', arguments: '{}' })),
});
export const told = (toolCallId: string, output = 'Done.'): TranscriptEntry => ({
  role: 'tool',
  toolCallId,
  output,
});
