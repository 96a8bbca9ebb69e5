import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Client, Connection } from '@temporalio/client';

import {
  conversationOfTurn,
  conversationWorkflowId,
  turnOfApproval,
  turnWorkflowId,
} from '../src/contracts/ids.ts';
import type { Processes } from './processes.ts';
import type { Records } from './records.ts';
import { NAMESPACE, TENANT } from './settings.ts';
import type { Violation } from './oracle/violations.ts';

/** Keeps what a person needs to find the cause: all records, and the histories of the conversations and turns concerned. */
export async function saveEvidence(options: {
  folder: string;
  processes: Pick<Processes, 'temporal'>;
  records: Records;
  violations: readonly Violation[];
}): Promise<void> {
  const { processes, records, violations } = options;
  const folder = join(options.folder, 'evidence');
  await mkdir(folder, { recursive: true });
  const write = (name: string, value: unknown): Promise<void> =>
    writeFile(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
  await write('violations.json', violations);
  await write('records.json', records);
  const connection = await Connection.connect({ address: processes.temporal });
  try {
    const client = new Client({ connection, namespace: NAMESPACE });
    for (const workflowId of new Set(violations.flatMap((violation) => concerned(records, violation)))) {
      const history = await client.workflow
        .getHandle(workflowId)
        .fetchHistory()
        .catch((error: unknown) => String(error));
      await write(`${workflowId}.json`, history);
    }
  } finally {
    await connection.close();
  }
}

/** Workflow ids of the turn the violation is about, and of its conversation. */
function concerned({ http, provider }: Records, { subject }: Violation): string[] {
  const turnId = turnOfApproval(subject) ?? subject;
  const runId = subject.split(' ')[0];
  const ofRun = provider.runs.find(({ id }) => id === runId)?.metadata.countersign_turn;
  const sent = http.turns.find(
    ({ plan, turnIds }) =>
      plan.conversationId === (conversationOfTurn(turnId) ?? subject) ||
      (ofRun !== undefined && turnIds.includes(ofRun)) ||
      subject.endsWith(` ${plan.orderId}`),
  );
  if (sent === undefined) return [];
  const { plan, turnIds } = sent;
  const conversation = conversationWorkflowId(TENANT, plan.conversationId);
  return [conversation, ...new Set(turnIds.map((id) => turnWorkflowId(TENANT, id)))];
}
