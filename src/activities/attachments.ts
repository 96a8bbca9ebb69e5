import { ApplicationFailure } from '@temporalio/common';

import type { Attachment, BuiltInTool } from '../contracts/files.ts';
import type { Protocol } from '../contracts/run.ts';
import type { Assistant } from '../define/assistant.ts';

/**
 * Attachments with the tools that get them: those that were named, else all the assistant has.
 *
 * @throws ApplicationFailure `Attachment.NoTool` when the assistant has none, or not the one that was named.
 */
export function withTools(
  attachments: readonly Attachment[],
  { name, builtInTools }: Assistant,
): Required<Attachment>[] {
  const has: BuiltInTool[] = [
    ...(builtInTools?.codeInterpreter ? (['code_interpreter'] as const) : []),
    ...(builtInTools?.fileSearch ? (['file_search'] as const) : []),
  ];
  return attachments.map(({ fileId, tools = has }, index) => {
    const missing = tools.find((tool) => !has.includes(tool));
    if (missing === undefined && tools.length > 0) return { fileId, tools };
    const what =
      missing === undefined
        ? `attachments[${index}] has no tool that could read it: the assistant "${name}" has no built-in tools.`
        : `attachments[${index}].tools names ${missing}, which the assistant "${name}" does not have; it has ${has.join(' and ') || 'none'}.`;
    throw ApplicationFailure.create({
      type: 'Attachment.NoTool',
      message: `${what} Nothing was sent to the model. Give the assistant builtInTools, or send the message without the file.`,
      nonRetryable: true,
    });
  });
}

/** Files go with the messages of one protocol only. */
export function noFilesWith(protocol: Protocol): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'Attachment.NoTool',
    message: `attachments[0] cannot be sent: COUNTERSIGN_PROVIDER is "${protocol}", and files go with messages of "assistants" only. Nothing was sent to the model. Send the message without the file.`,
    nonRetryable: true,
  });
}
