import type { ApprovalPage } from '../../src/client.ts';
import type { Stage } from '../stage.ts';

const SAMPLES = 30;

/** What is asked for, and the milliseconds of each answer. */
export type ListTimes = Record<string, number[]>;

/**
 * Times the list of what waits, by HTTP, one request after the other.
 *
 * @param keys - by tenant; the first is that of the tenant with the most approvals, the second that of one with few.
 */
export async function timeLists(stage: Stage, [largest, small]: [string, string]): Promise<ListTimes> {
  return {
    'first page': await timeList(stage, largest, ''),
    'first page of 200': await timeList(stage, largest, '?limit=200'),
    'of one tool': await timeList(stage, largest, '?tool=refund_order'),
    'of a smaller tenant': await timeList(stage, small, ''),
    'of a tool nobody has called': await timeList(stage, largest, '?tool=refund_small'),
  };
}

async function timeList({ gateway }: Stage, key: string, query: string): Promise<number[]> {
  const samples: number[] = [];
  // The first request of all opens connections; it is not counted.
  for (let sample = -1; sample < SAMPLES; sample += 1) {
    const beganAt = performance.now();
    const response = await fetch(`${gateway}/v1/approvals${query}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const text = await response.text();
    if (sample >= 0) samples.push(performance.now() - beganAt);
    if (response.status !== 200) throw new Error(`The list was answered ${response.status}: ${text}`);
    checkTools(JSON.parse(text) as ApprovalPage, new URLSearchParams(query).get('tool'));
  }
  return samples;
}

function checkTools({ approvals }: ApprovalPage, tool: string | null): void {
  const other = approvals.find((approval) => tool !== null && approval.tool !== tool);
  if (other !== undefined) throw new Error(`The list of ${String(tool)} has an approval of ${other.tool}.`);
}
