import { expect, test } from 'vitest';

import type { Approval } from '../../../src/contracts/approval/approval.ts';
import { createProviderRuns } from '../../../src/workflows/gate/provider-runs.ts';
import { goodRecords } from '../../fault/records.ts';

/** Approved calls of these ids, and what is noted of them. */
function approved(...ids: string[]) {
  const { proposals: _, ...approval } = goodRecords().approval;
  const all = ids.map((id): Approval => ({
    ...{ ...approval, approvalId: id, toolCallId: `call of ${id}` },
    ...{ status: 'approved', outcome: 'executing', runsAt: 'provider' },
  }));
  const noted: [string, string][] = [];
  const runs = createProviderRuns({
    all,
    note(approvalId, outcome) {
      noted.push([approvalId, outcome]);
      all.splice(
        0,
        all.length,
        ...all.map((one) => (one.approvalId === approvalId ? { ...one, outcome } : one)),
      );
    },
  });
  return { all, noted, runs };
}

test('what the provider has heard of begins once, and is unknown if it never says how it ended', () => {
  const { noted, runs } = approved('a', 'b');
  runs.submits();
  runs.submits();
  runs.ran([{ toolCallId: 'call of a', hasFailed: false }]);
  runs.over();
  runs.over();
  expect(noted).toEqual([
    ['a', 'executing'],
    ['b', 'executing'],
    ['a', 'executed'],
    ['b', 'unknown'],
  ]);
});

test('what it has not heard of was not done; what nobody has approved, and what a worker runs, is no matter of it', () => {
  const { all, noted, runs } = approved('a', 'pending', 'worker');
  all[1]!.status = 'pending';
  delete all[2]!.runsAt;
  runs.over();
  runs.submits();
  expect(noted).toEqual([['a', 'not_executed']]);
});
